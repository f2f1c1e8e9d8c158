import { bitsPerCharacter } from '../../core/bits.ts';
import type { Detector } from '../../core/detector.ts';
import { looksWritten } from '../doubts-written.ts';
import type { Pattern } from '../pattern/node.ts';
import { parsePattern } from '../pattern/parse.ts';
import { withoutPreamble } from '../pattern/preamble.ts';
import { toJs } from '../pattern/to-js.ts';
import type { Rule } from '../rule.ts';
import { type Allow, createAllow } from './allow.ts';
import { createFilter, type Filter } from './filter.ts';
import { createFind, NEAR } from './find.ts';
import type { Pack, Unusable, WrittenRule } from './pack.ts';
import { createRe2 } from './re2.ts';
import { createSearch } from './search.ts';
import { withoutLeftEdge, withSecret } from './secret-group.ts';

/** What a pack gives the scanner. */
export interface Rules {
  readonly rules: readonly Rule[];
  readonly unusable: readonly Unusable[];
}

/** Longest source of a pattern that is read. */
const LONGEST = 20_000;

const escaped = (word: string): string =>
  word.replace(/[^A-Za-z0-9_]/g, (sign) => `\\x{${sign.charCodeAt(0).toString(16)}}`);

/** The words, with all that may stand between them and a match. */
const nearPattern = (keywords: readonly string[]): Pattern | undefined => {
  const words = keywords.filter((word) => /[a-z]{2}/i.test(word)).map(escaped);
  if (words.length === 0 || words.length < keywords.length) return undefined;
  return parsePattern(`(?s:.{0,${NEAR}})(?i:${words.join('|')})(?s:.{0,${NEAR}})`, { dialect: 're2' });
};

const NOTHING = { secret: '', match: '', line: '' };

const refuse = (reason: string): never => {
  throw new Error(reason);
};

/** What cannot be had, however the rule is written. */
const reasonAgainst = ({ regex, path, required, skipreport }: WrittenRule): string | undefined => {
  if (skipreport) return 'it only serves other rules (skipReport), which need what is not supported';
  if (required.length > 0) return 'it needs matches of other rules near (required), which is not supported';
  if (!regex) return path ? 'it has no regex: files that are named so are no keys' : 'it has neither regex nor path';
  return regex.length > LONGEST ? 'its regex is longer than 20,000 characters' : undefined;
};

/** The detector that stands for a rule: it says who found a key, and that nobody is asked about it. */
const detectorOf = ({ id, keywords }: WrittenRule, pattern: Pattern): Detector => {
  const [first = id, ...others] = keywords;
  const examples = () => ({ ours: [], not: [] });
  return {
    ...{ id, issuer: 'rules', docs: '', keywords: [first, ...others], examples, answers: [] },
    // Its pack has its own gates.
    accept: () => true,
    pattern: new RegExp(toJs(pattern)),
  };
};

/** What holds for every rule of a pack. */
interface Shared {
  readonly allows: readonly Allow[];
  readonly filters: readonly Filter[];
  /** Of whole files, by their path. */
  readonly skips: readonly Filter[];
}

const createRule = (written: WrittenRule, shared: Shared): Rule => {
  const { keywords, regex, secretgroup: group, path, entropy, tokenefficiency } = written;
  const read = parsePattern(regex, { dialect: 're2' });
  if (group > read.groups.length) refuse(`it has no group ${group} (secretGroup)`);
  const pattern = withoutPreamble(read);
  const edgeless = withoutLeftEdge(pattern);
  const secret = withSecret(edgeless ?? pattern, group || Math.min(1, pattern.groups.length));
  const near = nearPattern(keywords);
  const allows = [...shared.allows, ...written.allowlists.map(createAllow)];
  const filters = [...shared.filters, ...(written.filter ? [createFilter(written.filter)] : [])];
  const inPath = path ? createRe2(path) : undefined;
  return {
    detector: detectorOf(written, secret),
    pattern: () => secret,
    edges: edgeless !== undefined,
    ...(near && { near }),
    beside: keywords.length > 0 ? NEAR : 0,
    find: createFind({ search: createSearch(edgeless ?? pattern), group, keywords }),
    applies: (at) =>
      inPath?.test(at) !== false &&
      !allows.some((allow) => allow.skips(at)) &&
      !shared.skips.some((skips) => skips({ ...NOTHING, path: at })),
    doubt(sight) {
      if (entropy > 0 && bitsPerCharacter(sight.secret) <= entropy) return 'not-proved';
      if (tokenefficiency && looksWritten(sight.secret)) return 'written';
      const isAllowed = allows.some((allow) => allow.allows(sight)) || filters.some((discards) => discards(sight));
      return isAllowed ? 'allowed' : undefined;
    },
  };
};

/** What `make` makes of each; where it throws, the reason is noted under the name. */
const attempt = <T, R>(
  all: readonly T[],
  make: (one: T) => R,
  { name, unusable }: { readonly name: (one: T, at: number) => string; readonly unusable: Unusable[] },
): readonly R[] =>
  all.flatMap((one, at) => {
    try {
      return [make(one)];
    } catch (error) {
      unusable.push({ what: name(one, at), reason: error instanceof Error ? error.message : String(error) });
      return [];
    }
  });

/** The rules of a pack that can be used; the others are named with the reason. */
export const createRules = (pack: Pack): Rules => {
  const unusable = [...pack.unusable];
  const all = pack.allowlists.filter(({ targetrules }) => targetrules.length === 0);
  const allows = attempt(all, createAllow, { name: (_, at) => `allowlist ${at + 1}`, unusable });
  const filters = attempt(pack.filters, createFilter, { name: () => 'the filter of the pack', unusable });
  const skips = attempt(pack.prefilters, createFilter, { name: () => 'the prefilter of the pack', unusable });
  const targeted = (id: string) => pack.allowlists.filter(({ targetrules }) => targetrules.includes(id));
  const make = (rule: WrittenRule): Rule => {
    const reason = reasonAgainst(rule);
    if (reason) refuse(reason);
    return createRule({ ...rule, allowlists: [...rule.allowlists, ...targeted(rule.id)] }, { allows, filters, skips });
  };
  const last = new Map(pack.rules.map((rule) => [rule.id, rule]));
  for (const rule of pack.rules) {
    if (last.get(rule.id) !== rule) unusable.push({ what: rule.id, reason: 'a later rule has the same id' });
  }
  return { rules: attempt([...last.values()], make, { name: ({ id }) => id, unusable }), unusable };
};
