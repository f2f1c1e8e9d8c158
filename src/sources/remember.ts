/**
 * Remembers the last answer: hits that stand together ask for the same record, and reading one may take a millisecond.
 * `nameOf`: what is asked for is the same when this is.
 */
export const rememberLast = <Q, A>(answer: (asked: Q) => A, nameOf: (asked: Q) => unknown): ((asked: Q) => A) => {
  let last: { readonly name: unknown; readonly value: A } | undefined;
  return (asked) => {
    const name = nameOf(asked);
    if (!last || last.name !== name) last = { name, value: answer(asked) };
    return last.value;
  };
};

/** For what is told apart by where it begins. */
export const beginOf = ({ from }: { readonly from: number }): number => from;
