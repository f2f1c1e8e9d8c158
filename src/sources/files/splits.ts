import type { Fragment, Place } from '../../core/fragment.ts';
import type { Origin } from '../../core/origin.ts';
import type { NextPiece, Piece, Stream } from './formats.ts';

/** Further than any key reaches, in any encoding that is looked into. */
const REACH = 16 * 1024;
const AT_ONCE = 4 * REACH;

/**
 * Puts lines together again that a container runtime cut, round the cut only: the records themselves are scanned as they
 * stand. Each line is a flow, of which only what goes over a cut is told.
 */
export interface Splits {
  /** Whole lines, which stand at `at` in the file. Rejects as `emit` does; then these splits are of no use any more. */
  add(lines: Buffer, at: number): Promise<void>;
  /** Lines before those that are added: what ended there was told. `told`: so was what goes over cuts there. */
  recall(lines: Buffer, at: number, told: boolean): void;
  end(): Promise<void>;
}

interface SplitNeeds {
  readonly next: NextPiece;
  emit(part: Pick<Fragment, 'bytes' | 'flow' | 'last' | 'locate'>): Promise<void>;
  nextFlow(): string;
  /** The origin of what stands there in the file. */
  originOf(place: Place): Origin;
}

/** One line that was cut, as far as it came. */
interface Chain {
  readonly flow: string;
  /** Bytes of it that came, and that were emitted. */
  length: number;
  sent: number;
  waiting: Buffer[];
  /** Where it was cut, and where in the file it goes on. */
  cuts: { readonly offset: number; readonly at: number }[];
}

export const createSplits = (needs: SplitNeeds): Splits => {
  const { open, begin, goOn, flush } = createChains(needs);
  const { next } = needs;

  return {
    async add(lines, at) {
      if (open.size === 0 && !next(lines, { from: 0, split: true })) return;
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const piece of piecesOf(lines, { stream, open, next })) {
          const chain = open.get(stream);
          if (!chain) begin(stream, piece);
          else {
            chain.cuts.push({ offset: chain.length, at: at + piece.start });
            const ended = goOn(chain, stream, piece);
            if (ended) await flush(ended, true);
            else if (chain.length - chain.sent >= AT_ONCE) await flush(chain, false);
          }
        }
        const chain = open.get(stream);
        if (chain) await flush(chain, false);
      }
    },
    recall(lines, at, told) {
      for (const stream of ['stdout', 'stderr'] as const) {
        for (const piece of piecesOf(lines, { stream, open, next })) {
          const chain = open.get(stream);
          if (!told) chain?.cuts.push({ offset: chain.length, at: at + piece.start });
          if (chain) goOn(chain, stream, piece);
          else begin(stream, piece);
        }
      }
    },
    async end() {
      for (const chain of open.values()) await flush(chain, true);
      open.clear();
    },
  };
};

/** The lines that are open, and how they grow. */
const createChains = (needs: SplitNeeds) => {
  const open = new Map<Stream, Chain>();

  const flush = async (chain: Chain, last: boolean): Promise<void> => {
    if (chain.sent === chain.length && !last) return;
    const bytes = Buffer.concat(chain.waiting);
    chain.waiting = [];
    chain.sent = chain.length;
    await needs.emit({ bytes, flow: chain.flow, last, locate: (place) => locate(chain, place, needs) });
    chain.cuts = chain.cuts.filter(({ offset }) => offset > chain.length - AT_ONCE);
  };

  const begin = (stream: Stream, { text }: Piece): void => {
    const chain = { flow: needs.nextFlow(), length: 0, sent: 0, waiting: [], cuts: [] };
    open.set(stream, chain);
    put(chain, text.subarray(-REACH));
  };

  /** What is to be ended, once a piece is put to its line. */
  const goOn = (chain: Chain, stream: Stream, piece: Piece): Chain | undefined => {
    const isMiddle = piece.partial && piece.text.length <= 2 * REACH;
    put(chain, isMiddle ? piece.text : piece.text.subarray(0, REACH));
    if (isMiddle) return undefined;
    open.delete(stream);
    if (piece.partial) begin(stream, piece);
    return chain;
  };

  return { open, begin, goOn, flush };
};

interface PieceSearch {
  readonly stream: Stream;
  readonly open: ReadonlyMap<Stream, Chain>;
  readonly next: NextPiece;
}

/** Of a line that is open the next record, whatever it is; else the next that is cut. */
function* piecesOf(lines: Buffer, { stream, open, next }: PieceSearch): Generator<Piece> {
  for (let from = 0; ; ) {
    const piece = next(lines, { from, stream, split: !open.has(stream) });
    if (!piece) return;
    yield piece;
    from = piece.end;
  }
}

const put = (chain: Chain, text: Buffer): void => {
  // The lines stand in a buffer that is used again.
  chain.waiting.push(Buffer.from(text));
  chain.length += text.length;
};

const locate = ({ cuts }: Chain, { offset, length }: Place, { originOf }: SplitNeeds): Origin | undefined => {
  const cut = cuts.find((one) => one.offset > offset && one.offset < offset + length);
  return cut && originOf({ offset: cut.at, length: 1 });
};
