import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRules } from '../src/cli/rules.ts';
import { sample } from '../src/core/sample.ts';
import { createEngine } from '../src/scan/engine.ts';
import type { Rule } from '../src/scan/rule.ts';
import { extended, readPack } from '../src/scan/rules/pack.ts';
import { createRules } from '../src/scan/rules/rules.ts';
import { createScanner } from '../src/scan/scan.ts';

const rulesOf = (toml: string) => createRules(readPack(toml));
const ruleOf = (toml: string): Rule => {
  const { rules, unusable } = rulesOf(toml);
  const [rule] = rules;
  if (!rule) throw new Error(JSON.stringify(unusable));
  return rule;
};

/** What the rules find in one text, and what they have against it. */
const look = (rules: readonly Rule[], text: string, path = 'src/app.ts') =>
  rules.flatMap((rule) => {
    if (rule.applies?.(path) === false) return [];
    const all: { id: string; secret: string; doubt: string | undefined }[] = [];
    for (let at = 0; ; ) {
      const found = rule.find(text, at);
      if (!found) return all;
      const secret = text.slice(found.from, found.to);
      const line = text.slice(text.lastIndexOf('\n', found.from) + 1).split('\n')[0] ?? '';
      const doubt = rule.doubt?.({ secret, match: text.slice(found.start, found.end), line, path });
      all.push({ id: rule.detector.id, secret, doubt });
      at = Math.max(found.end, found.start + 1);
    }
  });

const secretsIn = (toml: string, text: string, path?: string): readonly string[] =>
  look(rulesOf(toml).rules, text, path)
    .filter(({ doubt }) => doubt === undefined)
    .map(({ secret }) => secret);

const body = sample('rules', 24);
const key = `ac_${body}`;

const rule = (lines: string): string => `[[rules]]\nid = "acme"\n${lines}\n`;
const acme = rule("regex = '''ac_[A-Za-z0-9]{24}'''\nkeywords = [\"ac_\"]");

describe('a rule', () => {
  test('finds the whole match', () => expect(secretsIn(acme, `key=${key};`)).toEqual([key]));

  test('finds its first group that took part, or the one it names', () => {
    const two = "regex = '''acme(?:=(\\w+)|:(\\w+)-(\\w+))'''";
    expect(secretsIn(rule(two), 'acme=one acme:two-three')).toEqual(['one', 'two']);
    expect(secretsIn(rule(`${two}\nsecretGroup = 3`), 'acme=one acme:two-three')).toEqual(['three']);
  });

  test('needs a keyword near, in any case, not somewhere in the file', () => {
    const near = rule("regex = '''[a-f0-9]{32}'''\nkeywords = [\"Acme\"]");
    const hex = sample('hex', 32, '0123456789abcdef');
    expect(secretsIn(near, `ACME: ${hex}`)).toEqual([hex]);
    expect(secretsIn(near, `${hex} of acme`)).toEqual([hex]);
    expect(secretsIn(near, hex)).toEqual([]);
    expect(secretsIn(near, `acme ${'.'.repeat(300)} ${hex}`)).toEqual([]);
  });

  test('sees a keyword that is no anchor, beside what a match may take', () => {
    const k9 = rule("regex = '''tok_[0-9a-f]{32,64}'''\nkeywords = [\"k9\"]");
    const token = `tok_${sample('k9', 32, '0123456789abcdef')}`;
    expect(secretsIn(k9, `${token} ${'- '.repeat(50)}k9`)).toEqual([token]);
    expect(secretsIn(k9, `k9: ${'- '.repeat(50)}${token}\n`)).toEqual([token]);
    expect(secretsIn(k9, token)).toEqual([]);
  });

  test('without a bound before its key goes over a text of any length', () => {
    const token = sample('token', 20, 'abcdefghijklmnopqrstuvwxyz0123456789');
    const { rules } = rulesOf(rule("regex = '''acme[^\\n]*token=([a-z0-9]{20})'''"));
    const { scan } = createScanner({
      engine: createEngine(rules),
      fingerprint: (_, secret) => secret.expose(),
      record: () => Promise.resolve(),
    });
    const text = `${'acme and no more\n'.repeat(20_000)}acme sends token=${token}\n${'and on\n'.repeat(50_000)}`;
    const origin = { source: 'scan', locator: 'a file', receivedAt: 0, mode: 'backfill' } as const;
    expect(scan({ bytes: Buffer.from(text), origin }).map(({ fingerprint }) => fingerprint)).toEqual([token]);
  });

  test('passes over what has too little entropy', () => {
    const dull = 'ac_abababababababababababab';
    expect(secretsIn(`${acme}entropy = 3.5`, `${dull} ${key}`)).toEqual([key]);
    expect(look(rulesOf(`${acme}entropy = 3.5`).rules, dull)[0]?.doubt).toBe('not-proved');
  });

  test('is for the files that its path names', () => {
    const inEnv = rule("regex = '''ac_[A-Za-z0-9]{24}'''\npath = '''(?i)\\.env$'''");
    expect(secretsIn(inEnv, key, 'conf/.ENV')).toEqual([key]);
    expect(secretsIn(inEnv, key, 'conf/.env.ts')).toEqual([]);
  });

  test('with a word edge before its key leaves that edge to the scanner', () => {
    expect(ruleOf(rule("regex = '''\\b(ac_\\w{24})\\b'''")).edges).toBe(true);
    expect(ruleOf(rule("regex = '''\\bac_\\w{24}'''")).edges).toBe(true);
    expect(ruleOf(acme).edges).toBe(false);
    expect(ruleOf(rule("regex = '''\\bkey=(ac_\\w{24})'''")).edges).toBe(false);
    expect(secretsIn(rule("regex = '''\\b(ac_\\w{24})'''"), `\\n${key}`)).toEqual([key]);
    expect(secretsIn(rule("regex = '''\\bkey=(ac_\\w{24})'''"), `monkey=${key} key=${key}`)).toEqual([key]);
  });
});

describe('RE2’s language', () => {
  test.each([
    ['flags in the middle', '(ac_(?i)[a-z0-9]{24})', key.toUpperCase().replace('AC_', 'ac_')],
    ['flags of a group', '(?i:AC_)[A-Za-z0-9]{24}', key],
    ['flags turned off', '(?i)AC_(?-i:[A-Za-z0-9]{24})', key],
    ['POSIX classes', 'ac_[[:alnum:]]{24}', key],
    ['negated POSIX classes', 'ac_[^[:punct:][:space:]]{24}', key],
    ['\\z', 'ac_[A-Za-z0-9]{24}\\z', key],
    ['\\A', '\\Aac_[A-Za-z0-9]{24}', key],
    ['\\Q…\\E', '\\Qac_\\E[A-Za-z0-9]{24}', key],
    ['names of groups', 'ac_(?P<body>[A-Za-z0-9]{24})', body],
    ['hexadecimal', '\\x61\\x{63}_[A-Za-z0-9]{24}', key],
    ['the flag s', '(?s)ac.[A-Za-z0-9]{24}', key],
    ['the flag U', '(?U)ac_[A-Za-z0-9]{20,24}$', key],
    ['the flag m', '(?m)^ac_[A-Za-z0-9]{24}$', key],
    ['lazy quantifiers', '[\\w.-]{0,50}?(ac_[A-Za-z0-9]{24})', key],
    ['[^]-like classes', 'ac_[^\\s\\S]?[\\s\\S]{24}', key],
  ])('%s', (_, regex, wanted) => {
    const text = wanted === body ? key : wanted;
    expect(secretsIn(rule(`regex = '''${regex}'''`), text)).toEqual([wanted]);
  });

  test.each([
    ['(a+)+b', `${'a'.repeat(20_000)}c`],
    ['(?:a|a)*b|a*c$', `${'a'.repeat(20_000)}!`],
    ['(?:[a-z]+[0-9]*)+=', 'a1'.repeat(10_000)],
    ['(?:a|a)*b|a*!', `${'a'.repeat(2000)}!`], // V8 tries the first way again and again before the second
  ])('%s takes no longer than its text', (regex, text) => {
    const { find } = ruleOf(rule(`regex = '''${regex}'''`));
    const from = performance.now();
    find(text, 0);
    expect(performance.now() - from).toBeLessThan(2000);
  });
});

describe('an allowlist', () => {
  const other = `ac_${sample('other', 24)}`;
  const text = `one = ${key}\ntwo = ${other} # fixture`;
  const list = (lines: string): string => `${acme}[[rules.allowlists]]\n${lines}\n`;

  test.each([
    ['regexes, on the secret', `regexes = ['''^${other}$''']`, [key]],
    ['regexes, on the match', `regexTarget = "match"\nregexes = ['''^ac_.*${other.slice(-6)}''']`, [key]],
    ['regexes, on the line', "regexTarget = \"line\"\nregexes = ['''# fixture$''']", [key]],
    ['stop words, in any case', `stopwords = ["${other.slice(5, 12).toUpperCase()}"]`, [key]],
    ['paths', "paths = ['''\\.ts$''']", []],
    ['other paths', "paths = ['''\\.go$''']", [key, other]],
    ['commits, of which nothing is known', 'commits = ["0123456789abcdef"]', [key, other]],
    ['one of several', `stopwords = ["nothing"]\nregexes = ['''${other}''']`, [key]],
    ['both of two', `condition = "AND"\npaths = ['''\\.ts$''']\nregexes = ['''${other}''']`, [key]],
    ['not both of two', `condition = "AND"\npaths = ['''\\.go$''']\nregexes = ['''${other}''']`, [key, other]],
    ['not all of commits', `condition = "AND"\ncommits = ["0123456"]\nregexes = ['''${other}''']`, [key, other]],
  ])('by %s', (_, lines, wanted) => expect(secretsIn(list(lines), text)).toEqual(wanted));

  test('of the older form', () =>
    expect(secretsIn(`${acme}[rules.allowlist]\nregexes = ['''${other}''']`, text)).toEqual([key]));

  test('of the whole pack, in both forms', () => {
    expect(secretsIn(`[allowlist]\nregexes = ['''${other}''']\n${acme}`, text)).toEqual([key]);
    expect(secretsIn(`[[allowlists]]\nregexes = ['''${other}''']\n${acme}`, text)).toEqual([key]);
    expect(secretsIn(`[[allowlists]]\npaths = ['''^src/''']\n${acme}`, text)).toEqual([]);
  });

  test('of the whole pack, for some rules', () => {
    const targeted = (id: string) => `[[allowlists]]\ntargetRules = ["${id}"]\nregexes = ['''${other}''']\n${acme}`;
    expect(secretsIn(targeted('acme'), text)).toEqual([key]);
    expect(secretsIn(targeted('others'), text)).toEqual([key, other]);
  });

  test('says so', () => {
    const [found] = look(rulesOf(list(`regexes = ['''${key}''']`)).rules, key);
    expect(found?.doubt).toBe('allowed');
  });
});

describe('a filter of betterleaks', () => {
  const filtered = (filter: string) => secretsIn(`${acme}filter = '''${filter}'''`, `one = ${key} # fixture`);

  test.each([
    'entropy(finding["secret"]) <= 8.0',
    'filter.entropy(finding["secret"]) > 3 && true',
    'false || filter.matchesAny(finding.secret, [`^ac_[A-Za-z0-9]+$`, `nothing`])',
    'containsAny(finding["secret"], ["nothing", "AC_"])',
    'finding["line"] contains "fixture"',
    'finding["match"] startsWith "ac_"',
    'len(finding["secret"]) == 27',
    'len(finding["secret"]) + 1 * 2 == 30 - 1',
    '!matchesAny(finding["secret"], ["[.]"])',
    'not (finding["secret"] in ["a", "b"])',
    'matchesAny(get(attributes, "path", ""), [`\\.ts$`])',
    'get(attributes, "git.sha", "none") == "none"',
    '(attributes["git.sha"] ?? "none") == "none"',
    '/* a */ let first = finding["secret"][0:3]; // b\nlet second = first + "x"; second == "ac_x"',
    'findMatch(finding["secret"], `^[a-z]+`) == "ac"',
    'finding["fragment_raw"][max(finding["match_start_idx"] - 6, 0):finding["match_start_idx"]] == "one = "',
    'entropy(finding["secret"]) < 1 ? false : true',
  ])('%s discards', (filter) => expect(filtered(filter)).toEqual([]));

  test.each([
    'entropy(finding["secret"]) <= 1.0',
    'false && true || false',
    'failsTokenEfficiency(finding["secret"])',
    'matchesAny(finding["secret"], [])',
    'finding["nothing"] == "nothing"',
    'len(finding["nothing"]) > 0',
    'finding["secret"]',
    'get(attributes, "path", "") == "other"',
  ])('%s keeps', (filter) => expect(filtered(filter)).toEqual([key]));

  test.each([
    ['http.get("https://example.com")', /http|\(/],
    ['entropy(finding["secret"]) <=', /its end/],
    ['entropy(finding["secret"]) <= 1 1', /where it should end/],
    ['matchesAny(finding["secret"], ["("])', /./],
    ['matchesAny(finding["secret"], finding["line"])', /no list/],
    ['constructor("x")', /constructor/],
    ['#', /character 1/],
    [`${'('.repeat(5000)}true`, /deep/],
    [`${'!'.repeat(5000)}true`, /deep/],
  ])('%s is not understood', (filter, reason) => {
    const { rules, unusable } = rulesOf(`${acme}filter = '''${filter}'''`);
    expect(rules).toEqual([]);
    expect(unusable).toEqual([{ what: 'acme', reason: expect.stringMatching(reason) }]);
  });

  test('of the whole pack, and of its files', () => {
    const text = `key = ${key}`;
    expect(secretsIn(`filter = 'entropy(finding["secret"]) > 1'\n${acme}`, text)).toEqual([]);
    expect(secretsIn(`prefilter = 'matchesAny(get(attributes, "path", ""), ["^src/"])'\n${acme}`, text)).toEqual([]);
    expect(secretsIn(`prefilter = 'matchesAny(get(attributes, "path", ""), ["^lib/"])'\n${acme}`, text)).toEqual([key]);
  });
});

describe('what cannot be used is named, and the rest works', () => {
  test.each([
    ['a broken regex', "[[rules]]\nid = 'bad'\nregex = '''a(b'''", /\(/],
    ['look-around', "[[rules]]\nid = 'bad'\nregex = '''a(?=b)'''", /./],
    ['a back-reference', "[[rules]]\nid = 'bad'\nregex = '''(a)\\1'''", /./],
    ['no group of that number', "[[rules]]\nid = 'bad'\nregex = '''(a)'''\nsecretGroup = 2", /group 2/],
    ['only a path', "[[rules]]\nid = 'bad'\npath = '''\\.p12$'''", /regex/],
    ['neither', "[[rules]]\nid = 'bad'", /neither/],
    ['rules that are needed', "[[rules]]\nid = 'bad'\nregex = 'abc'\n[[rules.required]]\nid = 'acme'", /required/],
    ['a broken allowlist', "[[rules]]\nid = 'bad'\nregex = 'abc'\n[rules.allowlist]\nregexes = ['(']", /./],
    ['an unknown target', "[[rules]]\nid = 'bad'\nregex = 'abc'\n[rules.allowlist]\nregexTarget = 'file'", /Target/],
    ['an unknown condition', "[[rules]]\nid = 'bad'\nregex = 'abc'\n[rules.allowlist]\ncondition = 'XOR'", /condition/],
    ['a broken path', "[[rules]]\nid = 'bad'\nregex = 'abc'\npath = '['", /./],
    ['entropy beyond all', "[[rules]]\nid = 'bad'\nregex = 'abc'\nentropy = 99", /entropy/],
    ['a huge regex', `[[rules]]\nid = 'bad'\nregex = '${'a'.repeat(20_001)}'`, /longer/],
  ])('%s', (_, lines, reason) => {
    const { rules, unusable } = rulesOf(`${acme}${lines}`);
    expect(rules.map(({ detector }) => detector.id)).toEqual(['acme']);
    expect(unusable).toEqual([{ what: 'bad', reason: expect.stringMatching(reason) }]);
  });

  test.each([
    ["[[rules]]\nregex = 'x'", 'rule 2'],
    ["[[rules]]\nid = 'a b'\nregex = 'x'", 'a b'],
    ["[[rules]]\nid = 7\nregex = 'x'", 'rule 2'],
  ])('a rule without a proper id', (lines, what) => {
    const { rules, unusable } = rulesOf(`${acme}${lines}`);
    expect(rules).toHaveLength(1);
    expect(unusable).toEqual([{ what, reason: expect.stringMatching(/id/) }]);
  });

  test('the earlier of two rules of one name', () => {
    const { rules, unusable } = rulesOf(`${rule("regex = 'first'")}${rule("regex = 'second'")}`);
    expect(unusable.map(({ what }) => what)).toEqual(['acme']);
    expect(look(rules, 'first second').map(({ secret }) => secret)).toEqual(['second']);
  });

  test('a global allowlist', () => {
    const { rules, unusable } = rulesOf(`[allowlist]\nregexes = ['(']\n${acme}`);
    expect(rules).toHaveLength(1);
    expect(unusable.map(({ what }) => what)).toEqual(['allowlist 1']);
  });

  test.each(['rules = 3', '[[rules]', "[allowlist]\nregexTarget = 'file'", '[extend]\npath = 7'])(
    'no pack: %s',
    (text) => expect(() => readPack(text)).toThrow(expect.objectContaining({ name: 'UnusablePack' })),
  );
});

describe('a pack that extends another', () => {
  const base = readPack(`${acme}entropy = 3\n[[rules]]\nid = "other"\nregex = "other[0-9]+"\n`);
  const joined = (text: string) => createRules(extended(readPack(text), base));
  const ids = (text: string) => joined(text).rules.map(({ detector }) => detector.id);

  test('has the rules of both', () =>
    expect(ids("[[rules]]\nid = 'third'\nregex = 'third'")).toEqual(['acme', 'other', 'third']));

  test('leaves out what it disables, and names what there is not', () => {
    const text = '[extend]\ndisabledRules = ["other", "gone"]';
    expect(ids(text)).toEqual(['acme']);
    expect(joined(text).unusable.map(({ what }) => what)).toEqual(['disabledRules gone']);
  });

  test('changes what it says again', () => {
    const { rules } = joined("[[rules]]\nid = 'acme'\nregex = '''xx_[A-Za-z0-9]{24}'''\nkeywords = ['xx_']");
    expect(look(rules, `${key} xx_${body}`).map(({ secret }) => secret)).toEqual([`xx_${body}`]);
  });
});

describe('--rules FILE', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyfuse-rules-'));
    mkdirSync(join(folder, 'more'));
    writeFileSync(
      join(folder, 'pack.toml'),
      `[extend]\npath = "more/base.toml"\n${acme}[[rules]]\nid = 'bad'\nregex = '('\n`,
    );
    writeFileSync(
      join(folder, 'more/base.toml'),
      `[extend]\npath = "deep.toml"\n[[rules]]\nid = "base"\nregex = "base"\n`,
    );
    writeFileSync(
      join(folder, 'more/deep.toml'),
      `[extend]\npath = "deep.toml"\n[[rules]]\nid = "deep"\nregex = "deep"\n`,
    );
    writeFileSync(join(folder, 'default.toml'), `[extend]\nuseDefault = true\n${acme}`);
    writeFileSync(join(folder, 'broken.toml'), '[[rules]\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (name: string) => {
    const stderr = new PassThrough();
    const rules = readRules(join(folder, name), { stderr });
    return { ids: rules.map(({ detector }) => detector.id), told: String(stderr.read()) };
  };

  test('reads the packs it extends, from where they stand, two deep', () => {
    const { ids, told } = read('pack.toml');
    expect(ids).toEqual(['deep', 'base', 'acme']);
    expect(told).toMatch(/pack\.toml: bad is not used: /);
    expect(told).toMatch(/extend\.path is not used: packs are followed two deep/);
    expect(told).toMatch(/pack\.toml: 3 rules\n$/);
  });

  test('tells that no other tool’s rules come with Keyfuse', () => {
    const { ids, told } = read('default.toml');
    expect(ids).toEqual(['acme']);
    expect(told).toMatch(/extend\.useDefault is not used/);
  });

  test.each([
    ['broken.toml', /line 1/],
    ['none.toml', /ENOENT/],
  ])('%s is a fault of the configuration', (name, reason) =>
    expect(() => read(name)).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringMatching(reason) }),
    ),
  );
});

describe('whatever is written in a pack', () => {
  const names = ['id', 'regex', 'keywords', 'entropy', 'path', 'secretGroup', 'allowlists', 'condition', '__proto__'];
  const values = fc.oneof(
    fc.string().map((text) => JSON.stringify(text)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .array(
        fc.string().map((text) => JSON.stringify(text)),
        { maxLength: 3 },
      )
      .map((all) => `[${all.join(', ')}]`),
    fc.constantFrom('{}', '[]', 'true', "'''\\b(a|b)+'''", "'('", '[{ regexes = ["a"] }]'),
  );
  const fields = fc
    .array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 6 })
    .map((all) => all.map(([name, value]) => `${name} = ${value}`));
  const tables = fc.constantFrom('[[rules]]', '[allowlist]', '[[allowlists]]', '[extend]', '[[rules.allowlists]]', '');
  const packs = fc
    .array(fc.tuple(tables, fields), { maxLength: 5 })
    .map((all) => all.map(([table, lines]) => [table, ...lines].join('\n')).join('\n'));

  test('it is read, or told to be no pack', () => {
    fc.assert(
      fc.property(fc.oneof(packs, fc.string({ unit: 'binary' })), (text) => {
        try {
          look(rulesOf(text).rules, `key = ${key}`);
        } catch (error) {
          expect(error).toMatchObject({ name: 'UnusablePack' });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('its filters are run, or refused', () => {
    const pieces = fc.constantFrom(
      ...[
        'finding',
        '["secret"]',
        '"a"',
        '`a`',
        '1',
        '(',
        ')',
        '[',
        ']',
        ',',
        '!',
        '-',
        '&&',
        '||',
        '??',
        '?',
        ':',
        'let x =',
        ';',
        'x',
        '.',
      ],
      ...[
        'entropy(',
        'matchesAny(',
        'containsAny(',
        'len(',
        'get(',
        'findMatch(',
        '<=',
        '==',
        'in',
        'contains',
        '//',
        '\n',
      ],
    );
    const filters = fc.oneof(
      fc.array(pieces, { maxLength: 14 }).map((all) => all.join(' ')),
      fc.string({ unit: 'grapheme-ascii' }),
    );
    fc.assert(
      fc.property(filters, (filter) => {
        const { rules, unusable } = rulesOf(`${acme}filter = ${JSON.stringify(filter)}`);
        expect(rules.length + unusable.length).toBe(1);
        look(rules, `key = ${key}`);
      }),
      { numRuns: 1000 },
    );
  });

  test('its patterns are run in time, or refused', () => {
    const pieces = fc.constantFrom(
      'a',
      'b',
      '(',
      ')',
      '(?:',
      '(?i)',
      '|',
      '*',
      '+',
      '?',
      '{2,}',
      '{0,9}',
      '{1,200}',
      '[a-z]',
      '[^b]',
      '\\w',
      '\\b',
      '^',
      '$',
      '.',
      '\\',
      '[[:alpha:]]',
      '\\pL',
      'é',
    );
    const regexes = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
      fc.string(),
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 200 }),
      fc.constantFrom('a', 'ab', 'b ', 'é').map((one) => one.repeat(500)),
    );
    fc.assert(
      fc.property(regexes, texts, (regex, text) => {
        const from = performance.now();
        const { rules, unusable } = rulesOf(rule(`regex = ${JSON.stringify(regex)}`));
        expect(rules.length + unusable.length).toBe(1);
        look(rules, text);
        expect(performance.now() - from).toBeLessThan(3000);
      }),
      { numRuns: 500 },
    );
  });
});
