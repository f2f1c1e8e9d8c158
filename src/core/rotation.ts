/** What a rotation does next: the closed set behind the metric label. Each is written down before it is done, and may be done again. */
export const rotationSteps = [
  'create', // a key like the old one
  'deliver', // to its sink
  'verify', // by use
  'end', // the old key is to end when the grace is over
  'watch', // whether it is still used
  'delete', // the old key
  'restore', // the old key is not to end after all
  'clean', // keys whose text was lost on the way
  'done',
  'failed',
  'forgotten', // failed, and nobody wants to hear of it any more
] as const;
export type RotationStep = (typeof rotationSteps)[number];

/** Why a rotation began: the closed set behind the metric label. `leak`: the old key was revoked, and is only replaced. */
export const rotationCauses = ['person', 'schedule', 'leak'] as const;
export type RotationCause = (typeof rotationCauses)[number];

/** How it ended: the closed set behind the metric label. */
export const rotationEnds = ['done', 'failed'] as const;
export type RotationEnd = (typeof rotationEnds)[number];

/** Which rotation, of which key. */
interface About {
  readonly rotation: string;
  readonly environment: string;
  readonly keyId: string;
  readonly newKeyId?: string | undefined;
}

/** What is said of rotations. */
export type RotationFact =
  | ({ type: 'rotation.begun'; cause: RotationCause; who?: string | undefined; sink: string } & About)
  /** Before it is done. */
  | ({ type: 'rotation.intended'; step: RotationStep; attempt: number } & About)
  | ({ type: 'rotation.waiting'; step: RotationStep; why: string } & About)
  /** The grace is over, and somebody still uses the old key. */
  | ({ type: 'rotation.in-use'; lastUsedAt: number } & About)
  | ({
      type: 'rotation.ended';
      cause: RotationCause;
      result: RotationEnd;
      why?: string | undefined;
      seconds: number;
    } & About)
  /** `waitingSince`: of the one that could not go on for the longest time (s since 1970; 0: all can). */
  | { type: 'rotations.counted'; open: number; failed: number; waitingSince: number };
