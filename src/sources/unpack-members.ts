/** What a reader of archives says, in the order of the archive. */
export type ArchiveEvent =
  /** Without a name: what stands beside the members, their names too, as text. */
  | { readonly say: 'member'; readonly name?: string }
  | { readonly say: 'bytes'; readonly bytes: Buffer }
  /** The member cannot be read on; the next may well be. */
  | { readonly say: 'damaged'; readonly why: string };

/** A file in an archive. Its bytes throw when they are damaged. */
export interface Member {
  readonly name?: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Members one after the other; what the reader of one leaves is passed over. */
export async function* membersOf(
  events: AsyncGenerator<ArchiveEvent>,
  fault: (why: string) => Error,
): AsyncGenerator<Member> {
  let ahead: ArchiveEvent | undefined;
  const next = async (): Promise<ArchiveEvent | undefined> => {
    ahead ??= (await events.next()).value ?? undefined;
    return ahead;
  };
  async function* body(): AsyncGenerator<Buffer> {
    for (let event = await next(); event && event.say !== 'member'; event = await next()) {
      ahead = undefined;
      if (event.say === 'damaged') throw fault(event.why);
      yield event.bytes;
    }
  }
  for (let event = await next(); event; event = await next()) {
    ahead = undefined;
    if (event.say === 'member') yield { ...(event.name !== undefined && { name: event.name }), bytes: body() };
  }
}

const MOST_BESIDE = 1024 * 1024;

/** Gathers what stands beside members, to be said between them and at the end. */
export const createBeside = () => {
  let texts: Buffer[] = [];
  let size = 0;
  return {
    add(...more: readonly Buffer[]): void {
      texts.push(...more);
      for (const { length } of more) size += length;
    },
    isMuch: (): boolean => size >= MOST_BESIDE,
    *say(): Generator<ArchiveEvent> {
      if (size > 0) yield { say: 'member' };
      for (const bytes of texts) yield { say: 'bytes', bytes };
      texts = [];
      size = 0;
    },
  };
};

export type Beside = ReturnType<typeof createBeside>;
