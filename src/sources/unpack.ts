import { type Budget, broken, createBudget, isBroken, type UnpackLimits } from './unpack-budget.ts';
import { inflate } from './unpack-inflate.ts';
import { HEAD, kindOf } from './unpack-kind.ts';
import { type Member, membersOf } from './unpack-members.ts';

/** Bytes to scan, as they stand in a file or as they were unpacked from it. */
export interface Unpacked {
  /** The path, and for a file in an archive the archive's before it: `logs.zip!/app/a.log`. */
  readonly file: string;
  /** What was unpacked, outermost first. */
  readonly via: readonly string[];
  /** Throw `Broken` where they are damaged. To be read before the next is asked for. */
  readonly bytes: AsyncIterable<Buffer>;
}

interface Needs {
  readonly limits: UnpackLimits;
  /** What cannot be unpacked, and why; the rest goes on. */
  readonly unread: (file: string, why: string) => void;
}

/** What is in a file: itself, or, where it is an archive, what is in that. Errors: `Broken`. */
export async function* unpack(file: Unpacked, { limits, unread }: Needs): AsyncGenerator<Unpacked> {
  const budget = createBudget(limits);

  async function* open({ file, via, bytes }: Unpacked, depth: number): AsyncGenerator<Unpacked> {
    const { head, whole } = await peek(bytes);
    const kind = kindOf(head);
    if (kind === undefined) return yield { file, via, bytes: whole };
    if (depth >= limits.depth) throw broken(`archives within archives, more than ${limits.depth} deep`);
    const inside = [...via, kind];
    if (kind === 'gzip' || kind === 'zstd')
      return yield* open({ file, via: inside, bytes: counted(inflate(kind, whole), budget.unpacked) }, depth + 1);
    let named = 0;
    for await (const { name, bytes } of membersIn(kind, whole, budget)) {
      named += name === undefined ? 0 : 1;
      if (name !== undefined) yield* memberOf({ file: `${file}!/${name}`, via: inside, bytes }, depth + 1);
      // What only begins like an archive is a file as others are.
      else yield named === 0 ? { file, via, bytes } : { file: `${file}!/`, via: inside, bytes };
    }
  }
  async function* memberOf(member: Unpacked, depth: number): AsyncGenerator<Unpacked> {
    try {
      yield* open(member, depth);
    } catch (error) {
      if (!isBroken(error) || error.broken === 'whole') throw error;
      unread(member.file, error.message);
    }
  }

  yield* open({ ...file, bytes: counted(file.bytes, budget.packed) }, 0);
}

/** The readers are loaded when the first archive of their kind is met. */
async function* membersIn(kind: 'zip' | 'tar', bytes: AsyncIterable<Buffer>, budget: Budget): AsyncGenerator<Member> {
  const events =
    kind === 'zip'
      ? (await import('./unpack-zip.ts')).readZip(bytes, budget.part)
      : (await import('./unpack-tar.ts')).readTar(bytes);
  for await (const member of membersOf(events, broken)) {
    if (member.name !== undefined) budget.member();
    yield kind === 'zip' ? { ...member, bytes: counted(member.bytes, budget.unpacked) } : member;
  }
}

async function* counted(bytes: AsyncIterable<Buffer>, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    count(piece.length);
    yield piece;
  }
}

/** All the bytes, where they are those of an archive. */
export const archiveIn = async (bytes: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer> | undefined> => {
  const { head, whole } = await peek(bytes);
  return kindOf(head) === undefined ? undefined : whole;
};

/** The first bytes, and all of them. */
const peek = async (bytes: AsyncIterable<Buffer>): Promise<{ head: Buffer; whole: AsyncIterable<Buffer> }> => {
  const pieces = bytes[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let end: 'open' | 'over' | { readonly error: unknown } = 'open';
  const take = async (): Promise<Buffer | undefined> => {
    if (end !== 'open') return undefined;
    const next = await pieces.next().catch((error: unknown) => ({ error }));
    if ('error' in next) end = next;
    else if (next.done) end = 'over';
    return 'value' in next ? next.value : undefined;
  };
  for (let piece = await take(); piece; piece = undecided(first) ? await take() : undefined) first.push(piece);
  async function* whole(): AsyncGenerator<Buffer> {
    yield* first;
    for (let piece = await take(); piece; piece = await take()) yield piece;
    if (end !== 'over' && end !== 'open') throw end.error;
  }
  return { head: Buffer.concat(first), whole: whole() };
};

/** A line of a log that is followed must not wait for more; the head of an archive holds zeros. */
const undecided = (first: readonly Buffer[]): boolean => {
  const head = Buffer.concat(first);
  return head.length < 4 || (head.length < HEAD && head.includes(0));
};
