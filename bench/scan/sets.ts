import { readFileSync } from 'node:fs';
import { detectorSettings, detectors } from '../../detectors/index.ts';
import type { Detector } from '../../src/core/detector.ts';
import { type Rule, ruleOf } from '../../src/scan/rule.ts';
import { readPack } from '../../src/scan/rules/pack.ts';
import { createRules } from '../../src/scan/rules/rules.ts';

/** Patterns that are measured together. */
export interface PatternSet {
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Milliseconds to anneal their seats in, as is done beforehand for the shipped set. */
  readonly annealMs: number;
  /** The same, for engines that know neither look-ahead nor names: one regular expression each. */
  readonly plain: readonly string[];
  /** Absent: measured alone, for Vectorscan does not compile it in minutes. */
  readonly goals?: { readonly rate: number; readonly peer: number };
}

/** Ten formats that everybody knows, by issuer; where the registry lacks one, a stand-in of the same shape. */
const wellKnown: readonly (readonly [issuer: string, keyword: string, pattern: RegExp])[] = [
  ['aws', 'AKIA', /(?<secret>(?:AKIA|ASIA)[A-Z2-7]{16})(?![A-Za-z0-9])/],
  ['github', 'ghp_', /(?<secret>gh[pousr]_[A-Za-z0-9]{36})(?![A-Za-z0-9])/],
  ['stripe', '_live_', /(?<secret>[sr]k_(?:live|test)_[A-Za-z0-9]{24,107})(?![A-Za-z0-9])/],
  ['slack', 'xox', /(?<secret>xox[bp]-[0-9]{10,13}-[0-9]{10,13}[A-Za-z0-9-]{0,64})(?![A-Za-z0-9-])/],
  ['openai', 'T3BlbkFJ', /(?<secret>sk-[A-Za-z0-9_-]{20,100}T3BlbkFJ[A-Za-z0-9_-]{20,100})(?![A-Za-z0-9_-])/],
  ['anthropic', 'sk-ant-', /(?<secret>sk-ant-(?:api03|admin01)-[A-Za-z0-9_-]{93}AA)(?![A-Za-z0-9_-])/],
  ['npm', 'npm_', /(?<secret>npm_[A-Za-z0-9]{36})(?![A-Za-z0-9])/],
  ['google', 'AIza', /(?<secret>AIza[A-Za-z0-9_-]{35})(?![A-Za-z0-9_-])/],
  ['sendgrid', 'SG.', /(?<secret>SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/],
  ['workos', 'a2V5XzAx', /(?<secret>sk_(?:live|test)_a2V5XzAx[A-Za-z0-9+/]{67})(?![A-Za-z0-9])/],
];

const standIn = (id: string, issuer: string, { keyword, pattern }: { keyword: string; pattern: RegExp }): Detector => ({
  id,
  issuer,
  docs: 'https://example.test/',
  keywords: [keyword],
  pattern,
  examples: () => ({ ours: [], not: [] }),
  answers: [],
});

/** Where the group that begins at `at` ends. */
const groupEnd = (source: string, at: number): number => {
  let depth = 0;
  let inClass = false;
  for (let i = at; i < source.length; i += 1) {
    const sign = source[i];
    if (sign === '\\') i += 1;
    else if (sign === '[') inClass = true;
    else if (sign === ']') inClass = false;
    else if (!inClass && sign === '(') depth += 1;
    else if (!inClass && sign === ')') {
      depth -= 1;
      if (depth === 0) return i + 1;
    }
  }
  return source.length;
};

const withoutLooks = (source: string): string => {
  const look = /(?<!\\)\(\?<?[!=]/.exec(source);
  return look ? withoutLooks(source.slice(0, look.index) + source.slice(groupEnd(source, look.index))) : source;
};

/** What other engines are given: groups without names, no look-ahead (their work is less by that). */
const plainOf = ({ source, flags }: RegExp): string => {
  const bare = withoutLooks(source)
    .replace(/\(\?<[A-Za-z]\w*>/g, '(')
    .replaceAll('\\/', '/'); // JavaScript alone escapes it
  return flags.includes('i') ? `(?i)${bare}` : bare;
};

const ANNEAL_MS = 2_000;

const setOf = (name: string, all: readonly Detector[], goals?: PatternSet['goals']): PatternSet => ({
  name: `${all.length} ${name}`,
  rules: all.map(ruleOf),
  annealMs: goals ? ANNEAL_MS : 0,
  plain: all.map(({ pattern }) => plainOf(pattern)),
  ...(goals ? { goals } : {}),
});

const tenOf = (registry: readonly Detector[]): readonly Detector[] =>
  wellKnown.map(([issuer, keyword, pattern]) => {
    const own = registry.filter((detector) => detector.issuer === issuer || detector.id.startsWith(issuer));
    return (
      own.find(({ keywords }) => keywords.some((one) => one.includes(keyword))) ??
      standIn(`bench-${issuer}`, issuer, { keyword, pattern })
    );
  });

const MOST = 120;

/** Formats that tell by themselves whose they are, spread over the registry. */
const providersOf = (registry: readonly Detector[]): readonly Detector[] => {
  const own = registry.filter(({ pattern: { source } }) => source.startsWith('(?<secret>') && !/\d{4}\}/.test(source));
  return own.filter((_, at) => Math.floor((at * MOST) / own.length) !== Math.floor(((at - 1) * MOST) / own.length));
};

export const shippedSets = (): readonly PatternSet[] => {
  const registry = detectors(detectorSettings.parse({}));
  return [
    setOf('well-known', tenOf(registry), { rate: 3500, peer: 0.75 }),
    setOf("providers'", providersOf(registry), { rate: 1800, peer: 2 }),
    setOf('shipped', registry),
  ];
};

/** Rules that a user brings, as `keyfuse scan --rules` reads them. */
export const setOfRules = (path: string): PatternSet => {
  const pack = readPack(readFileSync(path, 'utf8'));
  const { rules } = createRules(pack);
  const plain = pack.rules.flatMap(({ regex }) => regex || []);
  return { name: `${rules.length} rules`, rules, annealMs: ANNEAL_MS, plain, goals: { rate: 1000, peer: 1.5 } };
};
