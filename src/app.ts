import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Books, readBooks, showBooks } from './app-books.ts';
import { openParts, type PartsNeeds } from './app-parts.ts';
import { startResponding } from './app-respond.ts';
import { startScanning } from './app-scan.ts';
import { openCertificates } from './app-tls.ts';
import type { Settings } from './config.ts';
import type { Fact } from './core/facts.ts';
import { createHttp } from './ops/http.ts';
import { createTurnedAway } from './ops/turned-away.ts';
import type { Environment } from './secrets/env.ts';

export interface DaemonNeeds extends PartsNeeds {
  /** Standard input, for the log source of that name. */
  readonly input: Readable;
  /** Where git is found, and how it is set up. */
  readonly env: Environment;
}

export interface Daemon {
  readonly ingressUrl: string;
  readonly opsUrl: string;
  /** Resolves when the daemon cannot go on by itself; it should be stopped, and started anew by whoever runs it. */
  readonly failed: Promise<unknown>;
  /** Reads the secrets of the settings from their stores again. */
  refresh(): Promise<void>;
  /** Where everything stands that was published; undefined in the scan role. */
  books(): Promise<Books | undefined>;
  /** Intake stops first, then what is under way ends; at most 30 s. */
  stop(reason: string): Promise<void>;
}

const BOOKS_EVERY_MS = 1_000;
const CLOSE_HTTP_MS = 5_000;

/**
 * Starts the daemon: record, topic, responder, then the doors and the sources, so that nothing is accepted before it can
 * be kept. What was opened is closed again when a later step fails. Errors: `Fault`s.
 */
export const startDaemon = async (settings: Settings, needs: DaemonNeeds): Promise<Daemon> => {
  const opened = new AsyncDisposableStack();
  try {
    return await start(settings, needs, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
};

const start = async (settings: Settings, needs: DaemonNeeds, opened: AsyncDisposableStack): Promise<Daemon> => {
  const { role, version } = needs;
  const parts = { ...(await openParts(settings, needs, opened)), input: needs.input, env: needs.env };
  const { record, topic, metrics, refresh } = parts;
  /** Why it stops, once it does. */
  let stopping: string | undefined;
  // A journal that is blocked stops deletions, but neither the intake nor the end.
  const note = (fact: Fact) => record(fact).catch(() => undefined);
  // The last word, when all that is opened from here on has ended.
  opened.defer(async () => (stopping === undefined ? undefined : note({ type: 'daemon.stopped', reason: stopping })));

  const responding =
    role === 'scan' ? undefined : opened.adopt(await startResponding(settings, parts), (it) => it.stop());
  const degraded = () => [responding?.halted() ?? []].flat();
  const ready = () => [
    ...(stopping === undefined ? [] : ['stopping']),
    ...(responding?.problems() ?? []),
    // A halt must not close the intake: what is accepted is kept. A responder alone has no intake.
    ...(role === 'respond' ? degraded() : []),
  ];
  const failed = (error: unknown) =>
    void record({ type: 'fault.raised', code: 'internal.unexpected', detail: String(error) });
  const certificates = opened.adopt(openCertificates(settings, parts), (it) => it?.close());
  const watched = { version, mode: settings.policy.mode, ready, degraded, scrape: metrics.scrape, failed };
  const http = createHttp({ ...settings.http, ...watched, certificates, turnedAway: createTurnedAway(parts) });
  opened.adopt(http, (it) => it.close(CLOSE_HTTP_MS));
  responding?.listenAt(http.ingress);
  const scanning =
    role === 'respond'
      ? undefined
      : startScanning(settings, { ...parts, certificates, ingress: http.ingress, find: responding?.ledger.find });
  opened.defer(async () => scanning?.stop());
  const urls = await http.listen();
  await scanning?.listening;

  const kept = { topic, metrics, responding, scanning };
  const showing = setInterval(() => void showBooks(kept).catch(() => undefined), BOOKS_EVERY_MS);
  opened.defer(async () => clearInterval(showing));
  await note({ type: 'daemon.started', version, role, ...shapeOf(settings) });
  return {
    ...{ ...urls, refresh },
    books: () => readBooks(kept),
    failed: Promise.race([scanning, responding].flatMap((half) => half?.failed ?? [])),
    async stop(reason) {
      stopping = reason;
      await note({ type: 'daemon.stopping', reason });
      await opened.disposeAsync();
    },
  };
};

const shapeOf = (settings: Settings) => ({
  mode: settings.policy.mode,
  topic: settings.topic.brokers.length > 0 ? 'kafka' : 'embedded',
  // Secrets print as `[secret]`: the digest tells settings apart and nothing else.
  settings: createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16),
});
