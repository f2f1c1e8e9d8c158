import type { FactOf } from '../core/facts.ts';
import type { Entry } from './journal-line.ts';

type About = Pick<FactOf<'incident.sighted'>, 'fingerprint' | 'incident' | 'detector' | 'issuer'>;

/** The key that an entry of the journal is about. */
export const target = (
  { issuer, fingerprint }: About,
  key: { readonly keyId?: string | undefined; readonly environment?: string | undefined } = {},
): NonNullable<Entry['target']> => ({
  issuer,
  environment: key.environment,
  keyId: key.keyId,
  fingerprint,
});

/** A person who acted through the command line. */
export const person = (id: string) => ({ kind: 'person', id }) as const;
