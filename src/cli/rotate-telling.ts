import type { Rotation } from '../keys/rotation.ts';
import type { Subject } from '../keys/rotations.ts';
import { type Io, say, when } from './io.ts';
import type { Room } from './rotate-room.ts';

export const standingText = ({ key }: Subject, { old, plan }: Rotation): string =>
  old.id === key.id
    ? `${key.id} is being rotated already`
    : `${key.id} was not rotated: ${old.id} is being rotated into ${plan.sink}; ask again when that is over`;

/** What a cancelled rotation leaves, by how it stood before. */
export const leftText = ({ cause, step, provedAt }: Rotation): string => {
  if (cause === 'leak') return 'the key that leaked is gone, and nothing replaces it';
  return step === 'delete' || (step === 'clean' && provedAt !== undefined)
    ? "its deletion may have been sent: 'keyfuse keys list --read' tells whether the old key lives"
    : 'the old key lives on';
};

/** Tells each step once. */
export const createTelling = ({ stderr }: Io) => {
  const last = new Map<string, string>();
  return ({ id, old, newId, step, why, note, fault = note, endsAt }: Rotation): void => {
    const grace = step === 'watch' ? `the old key ends ${when(endsAt)}` : undefined;
    const detail = why ?? fault ?? grace ?? (newId && `new key ${newId}`);
    const text = `${old.id}  ${step}${detail ? `: ${detail}` : ''}`;
    if (last.get(id) !== text) say(stderr, text);
    last.set(id, text);
  };
};

const HOUR_MS = 3_600_000;
export const PLAN = ['KEY', 'NAME', 'ORGANIZATION', 'PERMISSIONS', 'SINK', 'PROVED BY', 'GRACE'];

export const planRow = ({ key, plan }: Subject): readonly string[] => {
  const proof = plan.probe ? ('url' in plan.probe ? plan.probe.url : plan.probe.command.join(' ')) : 'the issuer alone';
  const grace = plan.graceMs === 0 ? 'none' : `${plan.graceMs / HOUR_MS} h`;
  return [key.id, key.name, key.owner.organization, key.permissions.join(',') || '-', plan.sink, proof, grace];
};

export const STATUS = ['ROTATION', 'KEY', 'NEW KEY', 'STEP', 'CAUSE', 'BEGAN', 'WHY'];

export const statusRow = ({
  id,
  old,
  newId,
  step,
  cause,
  beganAt,
  why,
  note,
  fault = note,
}: Rotation): readonly string[] => [...[id, old.id, newId ?? '-', step, cause, when(beganAt), why ?? fault ?? '-']];

export const print = (all: readonly Rotation[], { json }: Pick<Room, 'json'>, { stdout }: Io): void => {
  if (json) for (const { sealed: _, ...one } of all) say(stdout, JSON.stringify(one));
};
