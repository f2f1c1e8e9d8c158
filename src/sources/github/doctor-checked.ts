import { GithubRefusal } from './refusal.ts';

/** One thing that was looked at. `mend`: what a person must do; absent when it is right. */
export interface Checked {
  readonly what: string;
  readonly mend?: string | undefined;
}

export const right = (what: string): Checked => ({ what });
export const wrong = (what: string, mend: string): Checked => ({ what, mend });

/** What is answered, or `no` when the credential may not see it, or it is not there. */
export const probe = async (ask: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GithubRefusal && (error.status === 403 || error.status === 404) && error.waitMs === undefined)
      return 'no';
    throw error;
  }
};
