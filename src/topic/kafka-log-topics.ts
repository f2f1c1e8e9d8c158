import type { LogTopics } from '../core/log-topics.ts';
import { createCluster } from './kafka-admin.ts';
import { createKafkaClient, describeError } from './kafka-client.ts';
import { createDenied } from './kafka-log-denied.ts';
import { type LogReading, type LogTopicsNeeds, readLogs } from './kafka-log-reading.ts';
import { beginAtEnd } from './kafka-log-sight.ts';

const defaults = { requestTimeoutMs: 10_000, sessionTimeoutMs: 30_000, commitEveryMs: 1_000, lookEveryMs: 10_000 };
const GRACE_MS = 900;

interface State extends LogReading {
  /** Topics whose place to begin is settled. */
  readonly sighted: Set<string>;
  /** What was said and is still so. */
  readonly said: Set<string>;
}

/**
 * Log topics on Apache Kafka. Never creates one: what is missing is told, waited for and read from its start. A cluster
 * that is away, or refuses us, is asked again for as long as it takes.
 */
export const createLogTopics = (given: LogTopicsNeeds): LogTopics => ({
  async read(each, stop) {
    const needs = { ...defaults, ...given };
    const client = createKafkaClient(needs, needs.note);
    const cluster = createCluster(client);
    const said = new Set<string>();
    const denied = createDenied({ ...needs, stop, say: (trouble) => say({ ...needs, stop, said }, trouble) });
    const it: State = { ...needs, client, cluster, stop, each, denied, sighted: new Set(), said };
    const stopped = new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
    // A silent broker must not hold up the end: the connections to it are given up on their own.
    await Promise.race([readOn(it), stopped.then(() => needs.clock.sleep(GRACE_MS))]);
  },
});

const readOn = async (it: State): Promise<void> => {
  while (!it.stop.aborted) {
    const present = await findTopics(it);
    if (present.length > 0 && (await sight(it, present))) await readLogs(it, present, () => isOver(it, present));
    else await it.clock.sleep(it.lookEveryMs, it.stop);
  }
  await it.cluster.close();
};

/** Of our topics those that are there, now. */
const findTopics = async (it: State): Promise<readonly string[]> => {
  const all = await ask(it, 'the cluster does not answer', () => it.cluster.ask((admin) => admin.listTopics()));
  if (!all) return [];
  const missing = it.topics.filter((topic) => !all.includes(topic));
  for (const topic of it.topics)
    say(it, { what: `topic ${topic} is missing, or not ours to see`, so: missing.includes(topic) });
  // Everything in a topic that is not there yet will be new.
  for (const topic of missing) it.sighted.add(topic);
  return it.topics.filter((topic) => all.includes(topic));
};

const sight = async (it: State, present: readonly string[]): Promise<boolean> => {
  const fresh = it.fromStart ? [] : present.filter((topic) => !it.sighted.has(topic));
  const begun = await ask(it, 'the group cannot be begun', async () => {
    if (fresh.length > 0) await beginAtEnd(it, fresh);
    return true;
  });
  if (begun) for (const topic of present) it.sighted.add(topic);
  return begun ?? false;
};

/** Whether the topics are no longer those that are read. No answer: as far as we know they are. */
const isOver = async (it: State, reading: readonly string[]): Promise<boolean> => {
  const present = await findTopics(it);
  return present.length > 0 && present.join('\n') !== reading.join('\n');
};

const ask = async <T>(it: State, what: string, question: () => Promise<T>): Promise<T | undefined> => {
  try {
    const answer = await question();
    say(it, { what, so: false });
    return answer;
  } catch (error) {
    say(it, { what, so: true, why: describeError(error) });
    return undefined;
  }
};

interface Trouble {
  readonly what: string;
  /** Whether it is so; a trouble that goes away may be said again. */
  readonly so: boolean;
  readonly why?: string;
}

const say = (it: Pick<State, 'said' | 'stop' | 'raise'>, { what, so, why }: Trouble): void => {
  if (so && !it.said.has(what) && !it.stop.aborted) it.raise(`log topics: ${what}${why ? `: ${why}` : ''}`);
  if (so) it.said.add(what);
  else it.said.delete(what);
};
