import { Fault } from '../../src/core/errors.ts';
import type { Fact, FactOf, FactType, RecordFact } from '../../src/core/facts.ts';
import type { Emit, Fragment } from '../../src/core/fragment.ts';

/** Where fragments go in a test: it keeps what it took, and can be shut or refuse. */
export interface Sink {
  readonly emit: Emit;
  /** What `emit` was called with, whatever became of it. */
  readonly called: readonly Fragment[];
  /** What was taken: durable, so to speak. */
  readonly taken: readonly Fragment[];
  /** From now on `emit` hangs until `open`. */
  shut(): void;
  open(): void;
  /** From now on `emit` rejects, or no longer. */
  refuse(on: boolean): void;
  /** The texts taken: each flow joined, without what was given before; each fragment that has none, or is only shown, alone. */
  texts(): readonly string[];
  has(text: string): boolean;
}

export const createSink = (): Sink => {
  const called: Fragment[] = [];
  const taken: Fragment[] = [];
  let waiting: (() => void)[] | undefined;
  let refusing = false;
  const texts = (): readonly string[] => {
    const flows = new Map<string, Buffer[]>();
    taken.forEach(({ flow, bytes, peek, settled }, i) => {
      if (peek && bytes.length === 0) return;
      const name = flow === undefined || peek ? `alone ${i}` : flow;
      flows.set(name, [...(flows.get(name) ?? []), Buffer.from(bytes).subarray(settled?.words ?? 0)]);
    });
    return [...flows.values()].map((parts) => Buffer.concat(parts).toString());
  };
  return {
    async emit(fragment) {
      const copy = { ...fragment, bytes: Uint8Array.from(fragment.bytes) };
      called.push(copy);
      if (waiting) await new Promise<void>((resolve) => waiting?.push(resolve));
      if (refusing) throw new Fault('topic.unreachable', 'planted');
      taken.push(copy);
    },
    called,
    taken,
    shut() {
      waiting ??= [];
    },
    open() {
      const all = waiting ?? [];
      waiting = undefined;
      for (const go of all) go();
    },
    refuse(on) {
      refusing = on;
    },
    texts,
    has: (text) => texts().some((one) => one.includes(text)),
  };
};

/** A record whose facts are kept. */
export const createFacts = () => {
  const all: Fact[] = [];
  const record: RecordFact = async (fact) => {
    all.push(fact);
  };
  const of = <T extends FactType>(type: T) => all.filter((fact): fact is FactOf<T> => fact.type === type);
  return {
    all,
    record,
    of,
    rejected: (reason: string) => of('source.rejected').filter((f) => f.reason === reason).length,
  };
};
export type Facts = ReturnType<typeof createFacts>;
