import type { Fragment, Place } from '../../core/fragment.ts';
import type { IngressCall } from '../../core/ingress.ts';
import type { Origin } from '../../core/origin.ts';
import type { Payload } from '../payload/format.ts';
import { slicesOf } from '../payload/slices.ts';
import { createCounted, type Given } from './counted.ts';
import type { Reading } from './dialect.ts';
import { createGathered } from './gathered.ts';
import { type Looks, withLooks } from './looks.ts';
import { createPieces } from './pieces.ts';
import { createPour, type Pour, type PourNeeds, patiently } from './pour.ts';
import type { Why } from './refusal.ts';
import type { Room, Seat } from './room.ts';
import { senderOf } from './senders.ts';
import { createWhere, originWith } from './where.ts';

export interface TakingNeeds extends PourNeeds {
  readonly room: Room;
  readonly looks: Looks;
  /** The longest body, packed and unpacked. */
  readonly mostBytes: number;
}

/** The longest body that is read whole, for it stays in memory until it was scanned: a batch of any agent's defaults is less. */
export const MOST_WHOLE = 16 * 1024 * 1024;

/** The longest body that is read so, packed and unpacked. */
export const mostOf = ({ payload }: Reading, mostBytes: number): number =>
  payload ? Math.min(MOST_WHOLE, mostBytes) : mostBytes;

export interface Taken {
  /** Unpacked. */
  readonly bytes: number;
  /** What was wrong with it; what is a key in what came is durable all the same. */
  readonly wrong: Why | undefined;
}

interface Body {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** They come from the socket, and nobody else has them. */
  readonly owned: boolean;
  /** How long it is (bytes), if that is said and it is not packed. */
  readonly announced: number | undefined;
  readonly origin: Origin;
  readonly seat: Seat;
  readonly looks: Looks;
  /** A new flow. */
  begin(): Pour;
  /** Resolves when there is room for so many bytes more. */
  room(bytes: number): Promise<void>;
}

/** Reads one body and has it scanned. Rejects when it may not be durable. */
export const takeBody = async (given: Given, needs: TakingNeeds): Promise<Taken> => {
  const { reading } = given;
  const origin = originWith(given.origin, reading.place);
  const seat = needs.room.open(senderOf(given.call));
  const counted = createCounted(given, seat, mostOf(reading, needs.mostBytes));
  const room = async (bytes: number): Promise<void> => {
    const wait = seat.take(bytes);
    if (wait) await patiently(wait, needs);
  };
  try {
    const { isBare, body: opened } = await counted.opened(room);
    const body = {
      chunks: counted.chunks(opened),
      owned: isBare,
      announced: isBare ? announcedBy(given.call) : undefined,
      ...{ origin, seat, room, looks: needs.looks, begin: () => createPour(needs, origin) },
    };
    const unlike = reading.payload
      ? await whole(body, { ...reading, payload: reading.payload }, counted.wrong)
      : await streamed(body, reading);
    return { bytes: counted.bytes(), wrong: counted.wrong() ?? unlike ?? reading.fault?.() };
  } finally {
    seat.leave();
  }
};

const announcedBy = ({ headers }: IngressCall): number | undefined => {
  const length = Number(headers['content-length']);
  return Number.isSafeInteger(length) ? length : undefined;
};

/** Scanned as it comes; no more than two pieces are held. What stands still is put as far as it came, and then the end of it is shown. */
const streamed = async (
  { chunks, owned, origin, begin, seat, room, looks }: Body,
  { texts }: Pick<Reading, 'texts'>,
): Promise<undefined> => {
  const pour = begin();
  const pieces = createPieces({ owned: owned && !texts });
  const where = createWhere(origin);
  const put = async (bytes: Buffer): Promise<void> => {
    await pour(bytes, { locate: where.next(bytes) });
    seat.give(bytes.length);
  };
  let standing: 'fresh' | 'put' | 'shown' = 'shown';
  for await (const chunk of withLooks(texts?.(chunks) ?? chunks, looks)) {
    if (chunk !== 'look') {
      standing = 'fresh';
      await room(chunk.length);
      for (const bytes of pieces.add(chunk)) await put(bytes);
    } else if (standing === 'fresh') {
      standing = 'put';
      await put(pieces.now());
    } else if (standing === 'put') {
      standing = 'shown';
      await pour(NOTHING, { peek: true, locate: where.next(NOTHING) });
    }
  }
  const rest = pieces.rest();
  await pour(rest, { last: true, locate: where.next(rest) });
};

/** Read to its end first: its records can only be told apart then. */
const whole = async (
  { chunks, owned, announced, begin, room, origin }: Body,
  { payload, unpack }: Pick<Reading, 'unpack'> & { readonly payload: Payload },
  wrong: () => Why | undefined,
): Promise<Why | undefined> => {
  const gathered = createGathered({ owned, announced });
  try {
    for await (const chunk of chunks) {
      await room(chunk.length);
      gathered.add(chunk);
    }
    const came = gathered.bytes();
    const length = unpack?.length(came) ?? 0;
    if (length <= MOST_WHOLE) await room(length);
    const unpacked = wrong() || !unpack ? came : unpack.undo(came);
    const body = unpacked ?? came;
    const locate = (place: Place): Origin => originWith(origin, payload.locate(body, place));
    const isRead = unpacked && !wrong() && (await pouredAll(payload.texts(body), { pour: begin(), body, locate }));
    // What is not of its kind may hold a key too: it is scanned as it came.
    if (!isRead) await pouredAll(slicesOf(body), { pour: begin(), body });
    return isRead ? undefined : 'malformed';
  } finally {
    gathered.free();
  }
};

const NOTHING = Buffer.alloc(0);

interface Pouring extends Pick<Fragment, 'locate'> {
  readonly pour: Pour;
  readonly body: Buffer;
}

/** False: the body is not of its kind, and not all of it was scanned. */
const pouredAll = async (texts: Iterable<Buffer | undefined>, { pour, body, locate }: Pouring): Promise<boolean> => {
  let at = 0;
  for (const bytes of texts) {
    if (!bytes) {
      await pour(NOTHING, { last: true, locate });
      return false;
    }
    at += bytes.length;
    await pour(bytes, { last: at === body.length, locate });
  }
  return true;
};
