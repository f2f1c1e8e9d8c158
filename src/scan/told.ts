/** Gives what is told of a rule. It is told when it is first asked for, and once: most patterns are never parsed. */
export const createTold = <R, T>(rules: readonly R[], tell: (rule: R) => T | undefined) => {
  /** Null: nothing can be told. */
  const told = new Array<T | null | undefined>(rules.length).fill(undefined);
  return (number: number): T | null => {
    const known = told[number];
    if (known !== undefined) return known;
    const rule = rules[number];
    const now = (rule && tell(rule)) ?? null;
    told[number] = now;
    return now;
  };
};
