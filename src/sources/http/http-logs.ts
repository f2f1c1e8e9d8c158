import type { Clock } from '../../core/clock.ts';
import type { RecordFact } from '../../core/facts.ts';
import type { Ingress, IngressCall, Reply } from '../../core/ingress.ts';
import type { Source } from '../source.ts';
import { createFlowNames, stopped } from '../waiting.ts';
import type { Route } from './dialect.ts';
import { createDoor, type DoorNeeds } from './door.ts';
import { elasticRoutes } from './elastic.ts';
import { firehoseRoutes } from './firehose.ts';
import { createIntake } from './intake.ts';
import { lokiRoutes } from './loki.ts';
import { createLooks } from './looks.ts';
import { otlpRoutes } from './otlp.ts';
import { plainRoutes } from './plain.ts';
import { createRoom } from './room.ts';
import { createSenders, type SenderLimits } from './senders.ts';
import { splunkRoutes } from './splunk.ts';
import { MOST_WHOLE } from './taking.ts';

export interface HttpLogsNeeds extends DoorNeeds {
  readonly ingress: Ingress;
  readonly clock: Clock;
  readonly record: RecordFact;
  /** For one sender: who showed a certificate, else one address. */
  readonly sender?: SenderLimits;
  /** The longest body, packed and unpacked. */
  readonly mostBytes?: number;
  /** What all bodies together may hold in memory. */
  readonly roomBytes?: number;
  /** How long a sender is kept waiting for the topic, or for room (ms). */
  readonly patienceMs?: number;
  /** How long a sender may send nothing while others wait for the room that is held for it (ms). */
  readonly slowMs?: number;
}

const MIB = 1024 * 1024;
const GRACE_MS = 500;
const defaults = {
  ...{ mostBytes: 64 * MIB, roomBytes: 64 * MIB, patienceMs: 30_000, slowMs: 2_000 },
  sender: { calls: 100, bytesPerSecond: 0 },
};

/** Everything that speaks of logs over HTTP. */
const routesOf = ({ mostBytes, clock }: { readonly mostBytes: number; readonly clock: Clock }): readonly Route[] => [
  ...[
    plainRoutes(),
    splunkRoutes(),
    elasticRoutes(),
    lokiRoutes(Math.min(MOST_WHOLE, mostBytes)),
    otlpRoutes(),
    firehoseRoutes({ mostBytes, clock }),
  ].flat(),
];

/**
 * Log lines over HTTP, in whatever way senders speak. The raw bytes are scanned; a record is only parsed when something was
 * found in it. 2xx means: every candidate in the body is durable.
 */
export const httpLogs = (needs: HttpLogsNeeds): Source => ({
  name: 'http-logs',
  replayable: true,
  async run(emit, stop) {
    const { ingress, clock, mostBytes, roomBytes, patienceMs, slowMs, sender, ...rest } = { ...defaults, ...needs };
    const over = new AbortController();
    const intake = createIntake({
      ...{
        ...rest,
        clock,
        emit,
        stop,
        over: over.signal,
        nextFlow: createFlowNames('http-logs'),
        mostBytes,
        patienceMs,
      },
      ...{
        door: createDoor(needs),
        senders: createSenders(sender, { clock, patienceMs, stop }),
        looks: createLooks({ clock, stop }),
        room: createRoom({ most: roomBytes, clock, slowMs }),
      },
    });
    const answers = new Set<Promise<Reply>>();
    const answer = (route: Route) => (call: IngressCall) => {
      const reply = intake(call, route);
      answers.add(reply);
      return reply.finally(() => answers.delete(reply));
    };
    const routes = routesOf({ mostBytes, clock });
    const each = (use: (route: Route, method: Route['methods'][number]) => void) => {
      for (const route of routes) for (const method of route.methods) use(route, method);
    };
    each((route, method) => ingress.on(method, route.path, answer(route)));
    await stopped(stop);
    each((route, method) => ingress.on(method, route.path, undefined));
    const all = Promise.all(answers);
    const drained = new AbortController();
    void clock.sleep(GRACE_MS, drained.signal).then(() => over.abort());
    await all.finally(() => drained.abort());
  },
});
