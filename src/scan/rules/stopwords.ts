const LEAST = 3;

/**
 * Does a text hold one of the words, in small or capital letters? Packs list a thousand of them, so they are looked up
 * by their first letters.
 */
export const createStopwords = (words: readonly string[]): ((text: string) => boolean) => {
  const small = words.map((word) => word.toLowerCase()).filter(Boolean);
  const short = small.filter((word) => word.length < LEAST);
  const byBeginning = new Map<string, string[]>();
  for (const word of small) {
    if (word.length < LEAST) continue;
    const beginning = word.slice(0, LEAST);
    byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), word]);
  }
  return (text) => {
    const looked = text.toLowerCase();
    if (short.some((word) => looked.includes(word))) return true;
    for (let at = 0; at + LEAST <= looked.length; at += 1) {
      const begun = byBeginning.get(looked.slice(at, at + LEAST));
      if (begun?.some((word) => looked.startsWith(word, at))) return true;
    }
    return false;
  };
};
