import { Readable, Writable } from 'node:stream';
import { backfill } from '../../src/cli/backfill.ts';
import type { BackfillOptions } from '../../src/cli/backfill-options.ts';

const collector = () => {
  let text = '';
  const to = new Writable({
    write(piece: Buffer, _, done) {
      text += piece.toString();
      done();
    },
  });
  return { to, text: () => text };
};

/** `keyfuse backfill` in this process; `stop` ends it as ^C does. */
export const startBackfill = (
  repositories: readonly string[],
  env: Readonly<Record<string, string>>,
  options: Partial<BackfillOptions> = {},
) => {
  const [out, err, stop] = [collector(), collector(), new AbortController()];
  const io = { stdin: Readable.from([]), stdout: out.to, stderr: err.to, stop: stop.signal };
  const exit = backfill(
    repositories,
    { progress: true, version: '1.2.3', ...options },
    { ...io, env: { PATH: process.env['PATH'], ...env } },
  );
  return { exit, out: out.text, err: err.text, stop: () => stop.abort() };
};
