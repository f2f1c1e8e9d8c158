import { childrenOf, type Node } from '../../src/scan/pattern/node.ts';
import { readPack } from '../../src/scan/rules/pack.ts';
import { createRules, type Rules } from '../../src/scan/rules/rules.ts';
import { UnusablePack } from '../../src/scan/rules/unusable-pack.ts';
import { ALNUM, LOWER, type Random } from '../truth/random.ts';
import type { Problem } from './probe.ts';

/** What people write in rules, and what only those write who want to see a reader fall. */
const atoms: readonly string[] = [
  ...[
    'a',
    'key',
    'token',
    '[a-z]',
    '[A-Za-z0-9_-]',
    '[^\\s"]',
    '\\w',
    '\\d',
    '\\s',
    '\\b',
    '\\B',
    '.',
    '(?:ab|cd)',
    '[[:alnum:]]',
  ],
  ...[
    '(?i)',
    '(?-i:Ab)',
    '(?i:acme)',
    '(?s:.)',
    '(?P<x>a)',
    '(?<y>b)',
    '\\x60',
    '\\x{41}',
    '\\pL',
    '\\p{Greek}',
    '\\Q.*\\E',
    '\\z',
    '\\A',
  ],
  ...[
    '^',
    '$',
    '(a+)+',
    '(a|a)*',
    '(?:a?){20}',
    '[\\w.-]{0,50}?',
    '(?:=|>|:{1,3}=|\\|\\||:|=>)',
    '[\'"\\s=`]{0,5}',
    '\\.',
    '-----BEGIN',
  ],
  ...[
    '(?=a)',
    '(?!a)',
    '\\1',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '{3',
    '\\',
    '(?',
    '(?:',
    '[z-a]',
    '[^]',
    '\\u0041',
    '\\cA',
    '**',
    '+',
    '?',
  ],
];
const amounts: readonly string[] = [
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '{2,8}',
  '{20}',
  '{0,5}',
  '{16,64}',
  '{1000}',
  '{1001}',
  '{,3}',
  '*?',
  '+?',
  '{9,2}',
];

const regexOf = (random: Random): string => {
  const parts = Array.from({ length: 1 + random.int(8) }, () => {
    const atom =
      random.int(8) === 0 ? `(${random.pick(atoms)}${random.pick(amounts)}|${random.pick(atoms)})` : random.pick(atoms);
    return atom + random.pick(amounts);
  });
  return parts.join('').slice(0, 400);
};

const value = (random: Random): string =>
  random.pick([
    '1',
    '-1',
    '3.5',
    '"x"',
    '[]',
    '["a", "b"]',
    '{}',
    'true',
    '1e400',
    '"\\u0000"',
    "'''\n'''",
    '[1, "a"]',
    'nan',
  ]);

const ruleOf = (random: Random, number: number): string => {
  const lines = [
    '[[rules]]',
    `id = "rule-${random.int(3) === 0 ? 1 : number}"`,
    `regex = '''${regexOf(random).replaceAll("'''", '')}'''`,
    ...(random.int(2) === 0 ? [`keywords = ["${random.pick(['key', 'acme', '', 'é', 'A'])}"]`] : []),
    ...(random.int(4) === 0 ? [`secretGroup = ${random.pick(['0', '1', '2', '99', '-1'])}`] : []),
    ...(random.int(4) === 0 ? [`entropy = ${random.pick(['3', '3.5', '0', '-2', '100'])}`] : []),
    ...(random.int(5) === 0 ? [`path = '''${regexOf(random)}'''`] : []),
    ...(random.int(6) === 0
      ? [`${random.pick(['regex', 'id', 'entropy', 'tags', 'allowlist', 'report'])}${random.int(2)} = ${value(random)}`]
      : []),
    ...(random.int(4) === 0
      ? ['[[rules.allowlists]]', `regexes = ['''${regexOf(random)}''']`, `stopwords = ["${random.text(LOWER, 3)}"]`]
      : []),
  ];
  return lines.join('\n');
};

/** A rule pack, sometimes with a piece cut out or put in. */
const packOf = (random: Random): string => {
  const text = Array.from({ length: 1 + random.int(4) }, (_, at) => ruleOf(random, at)).join('\n\n');
  if (random.int(4) > 0) return text;
  const at = random.int(text.length);
  return (
    text.slice(0, at) +
    random.pick(['', '"', '[[', ']', '=', '\0', "'''", '\\', '[allowlist]\n']) +
    text.slice(at + random.int(6))
  );
};

const LENGTH = 4096;
const SLOW_MS = 100;
/** RE2 promises time linear in the text and in what the pattern stands for, each repetition written out: nanoseconds for each of both. */
const SLOW_STEP = 150;

const sizeOf = (node: Node): number => {
  const size = childrenOf(node).reduce((sum, child) => sum + sizeOf(child), 1);
  return node.kind === 'repeat'
    ? size * Math.max(1, node.most === Number.POSITIVE_INFINITY ? node.least : node.most)
    : size;
};

/** Milliseconds that are too many for a rule of the pack. */
const tooLong = ({ rules }: Rules): number =>
  Math.max(SLOW_MS, ...rules.map((rule) => (sizeOf(rule.pattern().root) * LENGTH * SLOW_STEP) / 1e6));

/** Texts that a rule may be slow on: of its own letters, of one letter, of many. */
const textsOf = (pack: string, random: Random): readonly string[] => {
  const letters = pack.replace(/[^A-Za-z0-9=:"._ -]/g, '') || 'a';
  return [
    'a'.repeat(LENGTH),
    random.text(letters, LENGTH),
    random.text(`${ALNUM} ="'.-_\n`, LENGTH),
    'key = "'.repeat(LENGTH / 7),
  ];
};

/** Milliseconds of a look, on an average of all looks from one match to the next. */
const millisecondsOf = ({ rules }: Rules, text: string): number => {
  const began = process.cpuUsage();
  let looks = 0;
  for (const rule of rules) {
    let found = rule.find(text, 0);
    for (looks += 1; found && looks < 200; looks += 1) found = rule.find(text, Math.max(found.end, found.start + 1));
  }
  return process.cpuUsage(began).user / 1000 / Math.max(1, looks);
};

/** A pack is read or refused with a reason, and whatever it lets through is quick. */
export const probeRules = (random: Random): { readonly bytes: number; readonly problem: Problem | undefined } => {
  const pack = packOf(random);
  const told = (check: Problem['check'], detail: string) => ({ bytes: pack.length, problem: { check, detail } });
  try {
    const read = createRules(readPack(pack));
    if (read.unusable.some(({ what, reason }) => !what || !reason))
      return told('exception', 'refused without a reason');
    const most = tooLong(read);
    for (const text of textsOf(pack, random)) {
      let slow = millisecondsOf(read, text);
      for (let again = 0; again < 2 && slow > most; again += 1) slow = Math.min(slow, millisecondsOf(read, text));
      if (slow > most) return told('slow', `${slow.toFixed(0)} ms a look at ${LENGTH} bytes`);
    }
  } catch (error) {
    if (error instanceof UnusablePack && error.message) return { bytes: pack.length, problem: undefined };
    return told(
      'exception',
      String((error as Error).stack)
        .split('\n')
        .slice(0, 4)
        .join(' '),
    );
  }
  return { bytes: pack.length, problem: undefined };
};
