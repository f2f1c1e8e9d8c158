import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { createSecureContext } from 'node:tls';
import type { Settings } from './config.ts';
import type { Certificate, Certificates } from './core/certificates.ts';
import { Fault } from './core/errors.ts';
import type { RecordFact } from './core/facts.ts';

/** How often the files are looked at: a renewal comes days before the old certificate ends. */
const LOOK_MS = 60_000;

/** The settings by which a person knows the files. */
const NAMES = {
  cert: 'tls.cert (TLS_CERT)',
  key: 'tls.key (TLS_KEY)',
  clientCa: 'tls.clientCa (TLS_CLIENT_CA)',
} as const;
type File = keyof typeof NAMES;

interface FollowNeeds {
  readonly record: RecordFact;
  readonly lookMs?: number;
}

/**
 * The certificate that the settings name, read again when its files change; undefined without one. One that is renewed badly
 * is told of, and the old one stays. Errors: `Fault` `config.invalid` when it cannot be used at start.
 */
export const openCertificates = (
  { tls }: Pick<Settings, 'tls'>,
  { record, lookMs = LOOK_MS }: FollowNeeds,
): (Certificates & { close(): void }) | undefined => {
  if (!tls.cert || !tls.key) return undefined;
  const files = { cert: tls.cert, key: tls.key, ...(tls.clientCa && { clientCa: tls.clientCa }) };
  const users = new Set<(renewed: Certificate) => void>();
  let last = readAll(files);
  let tried = last;
  /** What was told of files that still cannot be read. */
  let told = '';
  check(last);

  const look = (): void => {
    try {
      const now = readAll(files);
      told = '';
      if (same(now, tried)) return;
      tried = now;
      check(now);
      last = now;
      for (const use of users) use(now);
    } catch (error) {
      const detail = String(error);
      if (detail !== told)
        void record({ type: 'fault.raised', code: 'tls.not-renewed', detail }).catch(() => undefined);
      told = detail;
    }
  };
  const looking = setInterval(look, lookMs);
  looking.unref();
  return {
    now: () => last,
    follow(use) {
      users.add(use);
      return () => void users.delete(use);
    },
    close: () => clearInterval(looking),
  };
};

type Files = Readonly<Partial<Record<File, string>> & Record<'cert' | 'key', string>>;

const readAll = ({ cert, key, clientCa }: Files): Certificate => ({
  cert: read('cert', cert),
  key: read('key', key),
  ...(clientCa !== undefined && { clientCa: read('clientCa', clientCa) }),
});

const read = (file: File, path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unusable(file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
};

/** Names the first file that OpenSSL does not take. Its messages hold no part of a key. */
const check = ({ cert, key, clientCa }: Certificate): void => {
  step('cert', 'is no certificate in PEM', () => new X509Certificate(cert));
  step('key', 'is not the private key of tls.cert in PEM', () =>
    createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) }),
  );
  // A secure context takes any text here, and then trusts nobody.
  if (clientCa) step('clientCa', 'is no certificate in PEM', () => new X509Certificate(clientCa));
};

const step = (file: File, what: string, tried: () => unknown): void => {
  try {
    tried();
  } catch (error) {
    throw unusable(file, `${what} (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
};

const unusable = (file: File, what: string): Fault => new Fault('config.invalid', `${NAMES[file]}: ${what}`);

const same = (one: Certificate, other: Certificate): boolean =>
  (['cert', 'key', 'clientCa'] as const).every(
    (file) => Buffer.compare(one[file] ?? new Uint8Array(), other[file] ?? new Uint8Array()) === 0,
  );
