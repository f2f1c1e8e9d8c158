import * as z from 'zod';
import type { Issuer } from './issuer.ts';

/** What may be told of a key in the trail of its organization. */
export const trailActions = [
  'api_key.leak_detected',
  'api_key.leak_revoked',
  'api_key.leak_revoke_failed',
  'api_key.rotated',
  'api_key.rotation_scheduled',
] as const;
export type TrailAction = (typeof trailActions)[number];

/**
 * One line of the trail that an organization keeps at the issuer, and that its people can read: nothing in it tells where a
 * key was, or who put it there.
 */
export const TrailEntry = z.object({
  action: z.enum(trailActions),
  /** The issuer's environment that knows the key. */
  environment: z.string(),
  organization: z.string(),
  /** Whose key it is, when it is not the organization's own. */
  user: z.string().optional(),
  key: z.object({ id: z.string(), name: z.string().optional() }),
  /** Epoch ms. */
  occurredAt: z.number(),
  /** The same names for each entry of an action. */
  metadata: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type TrailEntry = Readonly<z.infer<typeof TrailEntry>>;

/** What became of an entry: it stands there, or why it does not yet. */
export type Written = { readonly written: true } | { readonly reason: string; readonly retryAfterMs?: number };

/** The trails that an issuer keeps for its organizations: copies of a part of our journal. */
export interface Trail {
  readonly issuer: string;
  /** The same entry under the same `id` is taken once. Faults: `issuer.credential-refused`. */
  write(issuer: Issuer, entry: TrailEntry, id: string): Promise<Written>;
}
