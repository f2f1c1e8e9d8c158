import { createHash, createSecretKey } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { detectors } from '../../detectors/index.ts';
import { Settings } from '../config.ts';
import { type Candidate, createFingerprint, type Fingerprint } from '../core/candidate.ts';
import { publicText } from '../core/origin.ts';
import { createScanner } from '../scan/scan.ts';
import { type Exit, exits, type Io, say } from './io.ts';
import { createLines } from './lines.ts';

export interface ScanOptions {
  readonly format: 'text' | 'jsonl';
  readonly fingerprint: 'hmac' | 'sha256';
  readonly fingerprintKey?: string;
}

/** One line of `--format jsonl`. Offsets and lengths in bytes; never the secret. */
interface Finding {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
  readonly detector: string;
  readonly fingerprint: string;
  readonly preview: string;
  readonly via: readonly string[];
}

/** Scans files, folders and `-` (standard input) once. Nothing is sent anywhere. Exit 1 when something was found. */
export const scan = async (paths: readonly string[], options: ScanOptions, io: Io): Promise<Exit> => {
  const scanner = createScanner({
    detectors: detectors(Settings.shape.detectors.parse({})),
    fingerprint: fingerprintOf(options, io),
    record: async () => undefined,
  });
  const tell = options.format === 'jsonl' ? JSON.stringify : sentence;
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
  if (options.format === 'text') say(io.stderr, `${found} found${unread ? `, ${unread} files could not be read` : ''}`);
  if (unread > 0) return exits.usage;
  return found > 0 ? exits.findings : exits.fine;
};

async function* filesOf(path: string): AsyncGenerator<string> {
  if (path === '-') return yield path;
  const kind = await stat(path).catch(() => undefined);
  if (!kind?.isDirectory()) return yield path; // a file, or an error when it is opened
  for (const entry of await readdir(path, { withFileTypes: true })) {
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

const fingerprintOf = ({ fingerprint, fingerprintKey }: ScanOptions, io: Io): Fingerprint => {
  if (fingerprint === 'sha256') return (_, secret) => createHash('sha256').update(secret.expose()).digest('hex');
  const text = fingerprintKey ? readFileSync(fingerprintKey, 'utf8').trim() : io.env['FINGERPRINT_KEY'];
  // Without a key the fingerprints mean something within this run only.
  return createFingerprint(createSecretKey(Buffer.from(text ?? crypto.randomUUID(), 'base64')));
};
