import { type DealNeeds, dealOnce } from './embedded-deal.ts';
import { createReader, type Reader } from './embedded-reader.ts';
import { type Claim, createLanes, type Lanes } from './lanes.ts';
import type { Subscription } from './topic.ts';

/** A subscription that is told when something was written. `again`: a message was put back. */
export interface Consumption extends Subscription {
  wake(again?: boolean): void;
}

interface Needs extends DealNeeds {
  readonly haltPauseMs: number;
  readonly concurrency: number;
  /** Lets the next consumer in. */
  unlock(): void;
}

interface Running extends Needs {
  readonly reader: Reader;
  readonly lanes: Lanes;
  readonly underway: Set<Promise<void>>;
  /** No new deal is started. */
  readonly stopping: AbortController;
  /** What is still under way counts no more. */
  readonly abandoned: AbortController;
  state: 'running' | 'halted' | 'stopped';
  planned: boolean;
  nap: { readonly until: number; readonly end: AbortController };
}

/** Deals with what waits until it is stopped. */
export const startConsumption = (needs: Needs): Consumption => {
  const it: Running = {
    ...needs,
    reader: createReader(needs),
    lanes: createLanes(),
    underway: new Set(),
    stopping: new AbortController(),
    abandoned: new AbortController(),
    state: 'running',
    planned: false,
    nap: { until: 0, end: new AbortController() },
  };
  let stopped: Promise<void> | undefined;
  void watch(it);
  plan(it);
  return {
    wake(again) {
      readOrPause(it, () => it.reader.look(again));
      plan(it);
    },
    status: () => it.state,
    stop(drainMs) {
      stopped ??= stop(it, drainMs);
      return stopped;
    },
  };
};

/** Fills the free places in a turn of its own, so that all deals of one commit are settled before anything is read. */
const plan = (it: Running): void => {
  if (it.planned) return;
  it.planned = true;
  setImmediate(() => {
    it.planned = false;
    if (it.state === 'running' && !it.stopping.signal.aborted) readOrPause(it, () => fill(it));
  });
};

/** Reads on only while too few keys have a turn, one page a time; then starts as many deals as there are places. */
const fill = (it: Running): void => {
  const { reader, lanes, underway, concurrency } = it;
  if (lanes.ready() < concurrency && reader.more()) for (const claim of reader.page()) lanes.add(claim);
  while (underway.size < concurrency) {
    const claim = lanes.take();
    if (!claim) break;
    const deal = dealWith(it, claim).finally(() => underway.delete(deal));
    underway.add(deal);
  }
  if (underway.size < concurrency && reader.more()) plan(it);
};

const dealWith = async (it: Running, claim: Claim): Promise<void> => {
  const end = await dealOnce(claim.id, it, it.abandoned.signal);
  if (end === 'halt') {
    it.lanes.putBack(claim);
    void pause(it);
    return;
  }
  it.reader.settled(claim.id, end.due);
  it.lanes.free(claim.key);
  if (end.due !== undefined && end.due < it.nap.until) it.nap.end.abort();
  plan(it);
};

/** Nothing moves for a while. */
const pause = async (it: Running): Promise<void> => {
  if (it.state !== 'running') return;
  it.state = 'halted';
  await it.clock.sleep(it.haltPauseMs, it.stopping.signal);
  if (it.state === 'halted') it.state = 'running';
  plan(it);
};

/** Sees retries that come due and what other processes wrote. */
const watch = async (it: Running): Promise<void> => {
  while (!it.stopping.signal.aborted) {
    const waitMs = readOrPause(it, () => it.reader.waitMs()) ?? it.pollMs;
    it.nap = { until: it.clock.now() + waitMs, end: new AbortController() };
    await it.clock.sleep(waitMs, it.nap.end.signal);
    readOrPause(it, () => it.reader.look());
    plan(it);
  }
};

/** A store that cannot be read halts the consumption like any doubt of our own state. */
const readOrPause = <T>(it: Running, read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    void pause(it);
    return undefined;
  }
};

const stop = async (it: Running, drainMs: number): Promise<void> => {
  it.stopping.abort();
  it.nap.end.abort();
  const drained = new AbortController();
  const all = Promise.all(it.underway).then(() => drained.abort());
  await Promise.race([all, it.clock.sleep(drainMs, drained.signal)]);
  it.abandoned.abort();
  it.state = 'stopped';
  it.unlock();
};
