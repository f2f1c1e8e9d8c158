import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { type ScanOptions, scan } from '../../src/cli/scan.ts';
import type { Finding } from '../../src/cli/scan-finding.ts';

/** Keeps what is written. */
export const collector = () => {
  const pieces: Buffer[] = [];
  const to = new Writable({
    write(piece: Buffer, _, done) {
      pieces.push(Buffer.from(piece));
      done();
    },
  });
  return { to, text: () => Buffer.concat(pieces).toString('utf8') };
};

interface Run extends Partial<ScanOptions> {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer | Readable;
  readonly stop?: AbortSignal;
  /** Standard error is a terminal. */
  readonly isTTY?: boolean;
}

/** `keyfuse scan` in this process. Without more: JSONL, SHA-256, one thread. */
export const runScan = async (
  paths: readonly string[],
  { env = {}, input = '', stop, isTTY = false, ...options }: Run = {},
) => {
  const [out, err] = [collector(), collector()];
  const exit = await scan(
    paths,
    { format: 'jsonl', fingerprint: 'sha256', progress: true, jobs: 1, version: '1.2.3', ...options },
    {
      env: { PATH: process.env['PATH'], DATA_DIR: '/nonexistent', ...env },
      stdin: input instanceof Readable ? input : Readable.from([Buffer.from(input)]),
      ...{ stdout: out.to, stderr: Object.assign(err.to, { isTTY }), stop: stop ?? new AbortController().signal },
    },
  );
  const findings = (): Finding[] =>
    out
      .text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  return { exit, out: out.text(), err: err.text(), findings };
};

/** An empty folder, and how to remove it. */
export const scratch = (name: string) => {
  const dir = mkdtempSync(join(tmpdir(), `keyfuse-${name}-`));
  return {
    dir,
    at: (...path: string[]) => join(dir, ...path),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};
