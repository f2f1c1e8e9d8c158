/** What masks a key, and behind it what is shown: `sk_...3456`, `sk_…PRYS`, `sk_live_****cdef`. */
const SHOWN = /[^A-Za-z0-9_-]([A-Za-z0-9]{4,})$/;
/** A mask of letters, that shows nothing. Four alike may be the end of a key: one in 240,000 ends so. */
const MASK = /^(.)\1{4,}$/;

/** The last four characters of a key, as its masked form shows them; undefined: it does not. */
export const suffixOf = (masked: string): string | undefined => {
  const [, shown = ''] = SHOWN.exec(masked) ?? [];
  return shown === '' || MASK.test(shown) ? undefined : shown.slice(-4);
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
