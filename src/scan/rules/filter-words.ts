/** A word of a filter expression. */
export interface Word {
  readonly kind: 'name' | 'text' | 'number' | 'sign' | 'end';
  readonly text: string;
}

const PATTERN = new RegExp(
  [
    '(?<blank>\\s+|//[^\\n]*|/\\*[^]*?\\*/)',
    '(?<name>[A-Za-z_]\\w*)',
    '(?<number>\\d+(?:\\.\\d+)?)',
    '`(?<raw>[^`]*)`',
    '"(?<double>(?:[^"\\\\\\n]|\\\\.)*)"',
    "'(?<single>(?:[^'\\\\\\n]|\\\\.)*)'",
    '(?<sign>\\?\\?|\\?\\.|&&|\\|\\||[=!<>]=|[-+*/%<>=!?:;,.()[\\]])',
  ].join('|'),
  'y',
);

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, one: string) => ESCAPES[one] ?? one);

const wordOf = ({ name, number, raw, double, single, sign }: Readonly<Record<string, string | undefined>>): Word => {
  if (name !== undefined) return { kind: 'name', text: name };
  if (number !== undefined) return { kind: 'number', text: number };
  if (raw !== undefined) return { kind: 'text', text: raw };
  const quoted = double ?? single;
  return quoted !== undefined ? { kind: 'text', text: unescaped(quoted) } : { kind: 'sign', text: sign ?? '' };
};

const END: Word = { kind: 'end', text: 'its end' };

/** The words of a filter, without blanks and comments. Throws an Error at what is no word. */
const wordsOf = (source: string): readonly Word[] => {
  const words: Word[] = [];
  const pattern = new RegExp(PATTERN);
  for (let at = 0; at < source.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const { groups } = pattern.exec(source) ?? {};
    if (!groups) throw new Error(`its filter is not understood at character ${at + 1}`);
    if (groups['blank'] === undefined) words.push(wordOf(groups));
  }
  return words;
};

/** Deepest nesting of an expression. */
const DEEPEST = 60;

/** Words, one after the other. */
export interface Reader {
  peek(): Word;
  take(): Word;
  skip(text: string): boolean;
  expect(text: string): void;
  /** One deeper; throws where it is too deep. */
  within<T>(read: () => T): T;
}

export const createReader = (source: string): Reader => {
  const words = wordsOf(source);

  let at = 0;
  let depth = 0;
  const peek = (): Word => words[at] ?? END;
  const skip = (text: string): boolean => {
    const { kind, text: found } = peek();
    const fits = (kind === 'sign' || kind === 'name') && found === text;
    if (fits) at += 1;
    return fits;
  };
  return {
    peek,
    skip,
    take() {
      const word = peek();
      at += 1;
      return word;
    },
    expect(text) {
      if (!skip(text)) throw new Error(`its filter has ${peek().text} where ${text} should be`);
    },
    within(read) {
      depth += 1;
      if (depth > DEEPEST) throw new Error('its filter is nested too deep');
      const made = read();
      depth -= 1;
      return made;
    },
  };
};
