import type { Fact, RecordFact } from '../../core/facts.ts';
import type { IngressCall, Reply } from '../../core/ingress.ts';
import { Origin } from '../../core/origin.ts';
import { unlessStopped } from '../waiting.ts';
import { type Dialect, type Reading, type Route, typeOf } from './dialect.ts';
import type { Door } from './door.ts';
import { isKnown } from './encodings.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import type { Senders } from './senders.ts';
import { MOST_WHOLE, mostOf, type TakingNeeds, takeBody } from './taking.ts';
import { createTurns } from './turns.ts';

export interface IntakeNeeds extends TakingNeeds {
  readonly door: Door;
  readonly senders: Senders;
  readonly record: RecordFact;
}

/** Bodies at once that are refused and read: what their answers must say is held meanwhile. */
const MOST_SEEN = 8;

/** What became of a call: how much was taken, or why it was turned away, with an answer of its own where that is not usual. */
type End = (Refusal & { readonly reply?: Reply }) | { readonly bytes: number; readonly reply: Reply };

/** The way of every log call, whatever it speaks: may it come in, is there room, what does it hold, and the answer. */
export const createIntake = (needs: IntakeNeeds) => {
  const { clock, record, senders } = needs;
  // Facts of sources are not journaled, so nothing is lost with a rejection.
  const note = (fact: Fact): void => void record(fact).catch(() => undefined);

  const seats = createTurns(MOST_SEEN, { ...needs, lobby: { waiting: 0 } });

  /** Who wants to hear which of its records are refused has its body read for that, and nothing of it is scanned. */
  const limited = async (call: IngressCall, route: Route, refusal: Refusal): Promise<End> => {
    const read = readingOf(call, route.dialect, MOST_WHOLE);
    if ('why' in read || !read.reading.limited || !(await seats.take(call.whenGone))) return refusal;
    try {
      const given = { ...read, call, origin: originOf(call, route, clock.now()), sent: () => undefined };
      const { wrong } = await unlessStopped(takeBody(given, { ...needs, emit: async () => undefined }), needs.over);
      return wrong ? refusal : { ...refusal, reply: read.reading.limited(refusal.text) };
    } finally {
      seats.leave();
    }
  };

  const visited = async (call: IngressCall, route: Route): Promise<End> => {
    const visit = await senders.enter(call);
    if ('retryAfter' in visit) return limited(call, route, refusalOf('limited', visit));
    try {
      const read = readingOf(call, route.dialect, needs.mostBytes);
      if ('why' in read) return read;
      const given = { ...read, call, origin: originOf(call, route, clock.now()), sent: visit.sent };
      const { bytes, wrong } = await unlessStopped(takeBody(given, needs), needs.over);
      return wrong ? refusalOf(wrong) : { bytes, reply: read.reading.accepted() };
    } finally {
      visit.leave();
    }
  };

  return async (call: IngressCall, route: Route): Promise<Reply> => {
    const begun = clock.monotonic();
    const barred = route.open ? undefined : needs.door(call);
    if (!barred && route.reply) return route.reply(call);
    // What is not durable is sent again; the topic says why in a fact of its own.
    const end: End = barred ? refusalOf(barred) : await visited(call, route).catch(() => refusalOf('busy'));
    if ('why' in end) {
      const detail = `${route.path}: ${end.why}`;
      note({ type: 'source.rejected', source: 'http-logs', reason: end.rejected, detail });
      return end.reply ?? route.dialect.refused(end, call);
    }
    const seconds = (clock.monotonic() - begun) / 1_000;
    note({ type: 'source.accepted', source: 'http-logs', bytes: end.bytes, seconds });
    return end.reply;
  };
};

/** How the head says that the body is to be read, or why it is not. */
const readingOf = (
  call: IngressCall,
  { kinds, passes = [], reading: readingFor }: Dialect,
  mostBytes: number,
): Refusal | { readonly reading: Reading; readonly encoding: string } => {
  const reading = readingFor(call);
  if (!reading) return refusalOf('type', { text: `${saidType(call)}: send ${kinds}` });
  const named = packingsOf(call).join(', ');
  const encoding = passes.includes(named) ? '' : named;
  if (!isKnown(encoding)) return refusalOf('encoding', { text: `${named}: send gzip, deflate, zstd, or uncompressed` });
  return Number(call.headers['content-length'] ?? 0) > mostOf(reading, mostBytes)
    ? refusalOf('too-large')
    : { reading, encoding };
};

/** What is undone first stands last; a transfer-encoding may pack, too. */
const packingsOf = ({ headers }: IngressCall): readonly string[] =>
  [headers['content-encoding'], headers['transfer-encoding']]
    .flatMap((header = '') => header.toLowerCase().split(','))
    .map((one) => one.trim())
    .filter((one) => !['', 'chunked', 'identity'].includes(one));

const saidType = (call: IngressCall): string =>
  typeOf(call) === '' ? 'there is no content-type' : `${typeOf(call)} is not read here`;

const originOf = ({ method, from, certificate }: IngressCall, { path }: Route, now: number): Origin =>
  Origin.parse({
    source: 'http-logs',
    locator: `${method} ${path} from ${from}${certificate ? ` (${certificate})` : ''}`,
    receivedAt: now,
  });
