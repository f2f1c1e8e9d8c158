import { createHash, generateKeySync } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { detectors } from '../../detectors/index.ts';
import { findFingerprint, fingerprintBy } from '../app-keys.ts';
import { readScanSettings, type ScanSettings } from '../config-read.ts';
import { type Candidate, createFingerprint, type Fingerprint } from '../core/candidate.ts';
import { Fault } from '../core/errors.ts';
import { publicText } from '../core/origin.ts';
import { createScanner } from '../scan/scan.ts';
import { type Exit, exits, type Io, say } from './io.ts';
import { createLines } from './lines.ts';

export interface ScanOptions {
  readonly format: 'text' | 'jsonl';
  readonly fingerprint: 'hmac' | 'sha256';
  readonly fingerprintKey?: string;
  readonly config?: string;
}

/** One line of `--format jsonl`. Offsets and lengths in bytes; never the secret. */
interface Finding {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
  readonly detector: string;
  /** Null without the daemon's key: any other would look like the key's name, and be none. */
  readonly fingerprint: string | null;
  readonly preview: string;
  readonly via: readonly string[];
}

/** Scans files, folders and `-` (standard input) once. Nothing is sent anywhere. Exit 1 when something was found. */
export const scan = async (paths: readonly string[], options: ScanOptions, io: Io): Promise<Exit> => {
  const settings = readScanSettings({ env: io.env, file: options.config });
  const fingerprint = fingerprintOf(options, settings);
  const scanner = createScanner({
    detectors: detectors(settings.detectors),
    fingerprint: fingerprint ?? createFingerprint(generateKeySync('hmac', { length: 256 })),
    record: async () => undefined,
  });
  const json = (finding: Finding) => JSON.stringify(fingerprint ? finding : { ...finding, fingerprint: null });
  const tell = options.format === 'jsonl' ? json : sentence;
  let found = 0;
  let unread = 0;
  for (const path of paths) {
    for await (const file of filesOf(path)) {
      if (io.stop.aborted) return exits.usage;
      const stream = file === '-' ? io.stdin : createReadStream(file, { highWaterMark: 1 << 20 });
      try {
        for await (const finding of findings(scanner, file, stream)) {
          found += 1;
          say(io.stdout, tell(finding));
        }
      } catch (error) {
        unread += 1;
        say(
          io.stderr,
          `keyfuse: ${publicText(file)} could not be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
        );
      }
    }
  }
  if (options.format === 'jsonl' && found > 0 && !fingerprint) say(io.stderr, hint(settings));
  if (options.format === 'text') say(io.stderr, `${found} found${unread ? `, ${unread} files could not be read` : ''}`);
  // A key that was found is never hidden behind a path that could not be read: that one is named above.
  if (found > 0) return exits.findings;
  return unread > 0 ? exits.usage : exits.fine;
};

async function* filesOf(path: string): AsyncGenerator<string> {
  if (path === '-') return yield path;
  const kind = await stat(path).catch(() => undefined);
  if (!kind?.isDirectory()) return yield path; // a file, or an error when it is opened
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return yield path; // the error comes again when it is opened
  for (const entry of entries) {
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) yield* filesOf(join(path, entry.name));
    else if (entry.isFile()) yield join(path, entry.name);
  }
}

async function* findings(
  scanner: ReturnType<typeof createScanner>,
  file: string,
  bytes: AsyncIterable<Buffer>,
): AsyncGenerator<Finding> {
  const lines = createLines();
  const origin = { source: 'scan', locator: file, receivedAt: Date.now(), mode: 'backfill' } as const;
  for await (const piece of bytes) {
    lines.add(piece);
    for (const candidate of scanner.scan({ bytes: piece, origin, flow: file }))
      yield finding(file, candidate, lines.at(candidate.offset));
  }
  for (const candidate of scanner.scan({ bytes: new Uint8Array(), origin, flow: file, last: true }))
    yield finding(file, candidate, lines.at(candidate.offset));
}

const finding = (file: string, candidate: Candidate, place: { line: number; column: number }): Finding => {
  const { offset, length, detector, fingerprint, via } = candidate;
  return { file, offset, length, ...place, detector, fingerprint, preview: preview(candidate), via };
};

/** The first characters tell the kind, the last four which one. */
const preview = ({ secret }: Candidate): string => {
  const text = secret.expose();
  return text.length < 24 ? `${text.slice(0, 3)}…` : `${text.slice(0, 3)}…${text.slice(-4)}`;
};

const sentence = ({ file, line, column, detector, preview, via }: Finding): string =>
  `${publicText(file)}:${line}:${column}  ${detector}  ${preview}${via.length ? `  (${via.join(', ')})` : ''}`;

/** Undefined when the daemon's key is not at hand. */
const fingerprintOf = (
  { fingerprint, fingerprintKey: file }: ScanOptions,
  settings: ScanSettings,
): Fingerprint | undefined => {
  if (fingerprint === 'sha256') return (_, secret) => createHash('sha256').update(secret.expose()).digest('hex');
  return file ? fingerprintBy(keyIn(file)) : findFingerprint(settings);
};

const keyIn = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new Fault('config.invalid', `--fingerprint-key ${publicText(file)} cannot be read (${code})`);
  }
};

const hint = ({ dataDir }: ScanSettings): string =>
  `keyfuse: no fingerprints, for the daemon's key is not here: give --fingerprint-key FILE or FINGERPRINT_KEY, or run this where the daemon's data dir is (DATA_DIR, now ${publicText(dataDir)}); --fingerprint sha256 is for comparing with other tools only`;
