import { startDaemon } from '../app.ts';
import { unsealed } from '../app-sealed.ts';
import { type Loaded, loadConfig, type Role } from '../config-read.ts';
import { warn } from './config.ts';
import { type Exit, exits, explain, type Io, say } from './io.ts';

export interface RunOptions {
  readonly role: Role;
  readonly config?: string;
  readonly stdin?: boolean;
  readonly follow?: readonly string[];
}

const MOST_STOP_MS = 30_000;

/** The daemon, until a signal stops it (exit 0) or it cannot go on (exit 70). */
export const run = async (options: RunOptions, version: string, io: Io): Promise<Exit> => {
  const { role, config: file } = options;
  const env = {
    ...io.env,
    ...(options.stdin && { LOG_STDIN: 'true' }),
    ...(options.follow?.length && { LOG_FILES: [io.env['LOG_FILES'], ...options.follow].filter(Boolean).join(',') }),
  };
  const needs = { env, file, role };
  io.onHangup?.(() => undefined); // while we are sealed, all is asked for again soon anyway
  const first = await loadConfig(needs);
  const { stores } = first;
  try {
    await warn(first.settings, io);
    const again = () => loadConfig({ ...needs, stores });
    const loaded =
      first.sealed.length === 0 ? first : await unsealed(first, { version, stop: io.stop, again, ...tellTo(io) });
    return loaded ? await serve(loaded, { role, version }, io) : exits.fine;
  } finally {
    stores.close();
    io.stdin.destroy(); // an open standard input would keep the process
  }
};

const tellTo = ({ stderr }: Io) => ({
  tell: (opsUrl: string, sealed: readonly string[]) =>
    say(stderr, `keyfuse: sealed; it says so on ${opsUrl}/readyz, and waits for\n  - ${sealed.join('\n  - ')}`),
});

const serve = async (
  { settings, ...secrets }: Loaded,
  { role, version }: { readonly role: Role; readonly version: string },
  io: Io,
): Promise<Exit> => {
  const daemon = await startDaemon(settings, { role, version, input: io.stdin, env: io.env, secrets });
  io.onHangup?.(() => void daemon.refresh());
  say(io.stderr, `keyfuse ${version}: senders ${daemon.ingressUrl}, metrics ${daemon.opsUrl}/metrics`);
  const stopped = new Promise<undefined>((resolve) => {
    if (io.stop.aborted) resolve(undefined);
    io.stop.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const failure = await Promise.race([stopped, daemon.failed]);
  const late = setTimeout(() => say(io.stderr, 'keyfuse: stopping takes longer than 30 s'), MOST_STOP_MS);
  await daemon.stop(failure ? 'failed' : 'signal');
  clearTimeout(late);
  return failure ? explain(failure, io) : exits.fine;
};
