/** What masks a key, and behind it what is shown: `sk_...3456`, `sk_…PRYS`, `sk_live_****cdef`. */
const MASKED = /[^A-Za-z0-9_-][A-Za-z0-9]*([A-Za-z0-9]{4})$/;
/** A mask of letters shows nothing. */
const MASK = /^(.)\1{3}$/;

/** The last four characters of a key, as its masked form shows them; undefined: it does not. */
export const suffixOf = (masked: string): string | undefined => {
  const [, suffix = ''] = MASKED.exec(masked) ?? [];
  return suffix === '' || MASK.test(suffix) ? undefined : suffix;
};

/** How the keys of one environment end. A key whose end is not shown may end in any way. */
export const createSuffixes = () => {
  const known = new Set<string>();
  let isOpen = false;
  return {
    add(masked: string): void {
      const suffix = suffixOf(masked);
      if (suffix === undefined) isOpen = true;
      else known.add(suffix);
    },
    isOpen: (): boolean => isOpen,
    has: (text: string): boolean => isOpen || known.has(text.slice(-4)),
  };
};

export type Suffixes = ReturnType<typeof createSuffixes>;
