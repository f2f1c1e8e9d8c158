import { statfs } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { CURRENT, type Head, syncFolder } from './journal-files.ts';
import { digest, type Entry, type Gap, type JournalRecord, type Who } from './journal-line.ts';
import { type Chain, type Found, recover } from './journal-recover.ts';
import { beginSegment, continueSegment, openHead, Poisoned, retire, type Segment } from './journal-segment.ts';
import type { Metrics } from './metrics.ts';

export interface WriterNeeds {
  readonly folder: string;
  readonly clock: Clock;
  readonly who: Who;
  /** Names this run of the process. */
  readonly boot: string;
  readonly metrics: Pick<Metrics, 'count' | 'observe' | 'set'>;
  /** A segment is closed when it has passed this size. */
  readonly segmentBytes?: number;
}

/** Puts batches at the end of the chain. */
export interface Writer {
  /** Durable when it resolves; an empty batch writes what is still to be said at the start. Errors: `Refused`, `Poisoned`, or of the file system; nothing of the batch stands then. */
  put(entries: readonly Entry[]): Promise<void>;
  /** Whether the disk takes more than what fits into a page that the file has already. */
  hasRoom(): Promise<boolean>;
  head(): Head;
  close(): Promise<void>;
}

interface State {
  chain: Chain;
  /** Absent: the next batch begins a new one. */
  segment: Segment | undefined;
  /** Why the next segment begins, when it is not for size. */
  gap: Gap | undefined;
  /** Goes before the next batch. */
  opening: readonly Entry[];
}

const MIB = 1024 * 1024;
/** More than all lines of a deletion need. */
const ROOM = 16 * 1024;
const NEWLINE = Buffer.from('\n');

/** Lines that continue a chain, and the chain after them. */
const link = (chain: Chain, entries: readonly Entry[], { clock, boot, who }: WriterNeeds) => {
  const lines: Buffer[] = [];
  let { seq, last } = chain;
  const ts = new Date(clock.now()).toISOString();
  for (const entry of entries) {
    seq += 1;
    const record: JournalRecord = { v: 1, seq, prev: last, ts, boot, ...entry, who: entry.who ?? who };
    const line = Buffer.from(JSON.stringify(record));
    last = digest(line);
    lines.push(line, NEWLINE);
  }
  const bytes = Buffer.concat(lines);
  return { bytes, chain: { seq, last, records: chain.records + entries.length, bytes: chain.bytes + bytes.length } };
};

const begin = async (state: State, needs: WriterNeeds): Promise<Segment> => {
  const { chain, gap } = state;
  const file = await retire(needs.folder);
  const previous = { file, records: chain.records, last: chain.last };
  const header: Entry =
    file === ''
      ? { what: 'log.opened' }
      : { what: gap ? 'gap.declared' : 'log.rotated', previous, gap: gap && { ...gap, file } };
  const first = link({ ...chain, records: 0, bytes: 0 }, [header], needs);
  const segment = await beginSegment(needs.folder, first.bytes);
  state.chain = first.chain;
  state.gap = undefined;
  return segment;
};

const drop = async (state: State, gap?: Gap): Promise<void> => {
  await state.segment?.close();
  state.segment = undefined;
  state.gap = gap;
};

const put = async (state: State, needs: WriterNeeds, entries: readonly Entry[]): Promise<void> => {
  const { clock, metrics, segmentBytes = 64 * MIB } = needs;
  state.segment ??= await begin(state, needs);
  const batch = [...state.opening, ...entries];
  if (batch.length === 0) return;
  const next = link(state.chain, batch, needs);
  const since = clock.monotonic();
  try {
    await state.segment.append(next.bytes);
  } catch (error) {
    // What the segment may still hold beyond the chain is declared by the next one.
    if (error instanceof Poisoned) {
      await drop(state, { file: CURRENT, why: 'fsync failed', bytes: next.bytes.length, sha256: digest(next.bytes) });
    }
    throw error;
  }
  metrics.observe('keyfuse_audit_fsync_seconds', (clock.monotonic() - since) / 1000);
  metrics.count('keyfuse_audit_records_total', batch.length);
  state.opening = [];
  state.chain = next.chain;
  if (state.chain.bytes >= segmentBytes) await drop(state);
};

/** Continues what was found; what is missing, and who writes now, is said before anything else. */
const startState = async ({ folder }: WriterNeeds, { chain, file, broken, gaps }: Found): Promise<State> => {
  const declared = gaps.map((gap): Entry => ({ what: 'gap.declared', gap }));
  const fresh = file === undefined && gaps.length === 0;
  return {
    chain,
    segment: file === CURRENT && !broken ? await continueSegment(folder, chain.bytes) : undefined,
    gap: undefined,
    opening: fresh ? [] : [...declared, { what: 'log.opened' }],
  };
};

/** Opens the end of the chain in a folder that nobody else writes. */
export const createWriter = async (needs: WriterNeeds): Promise<Writer> => {
  const found = await recover(needs.folder);
  const heads = await openHead(needs.folder);
  await syncFolder(needs.folder);
  const state = await startState(needs, found);
  const head = (): Head => ({ seq: state.chain.seq, hash: state.chain.last });
  // A head that lags is made good by the next one; one that cannot be written must not undo a durable batch.
  const keep = () => heads.set(head()).catch(() => undefined);
  const putKept = async (entries: readonly Entry[]) => {
    await put(state, needs, entries).catch((error: unknown) => {
      // Once more, on a new segment.
      if (error instanceof Poisoned) return put(state, needs, entries);
      throw error;
    });
    await keep();
  };
  return {
    put: putKept,
    hasRoom: () =>
      statfs(needs.folder).then(
        ({ bavail, bsize }) => bavail * bsize >= ROOM,
        () => true,
      ),
    head,
    async close() {
      await drop(state);
      await heads.close();
    },
  };
};
