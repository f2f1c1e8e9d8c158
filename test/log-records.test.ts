/* Which record a hit stands in, and that a body of many records tells of each its own origin, or none. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LogPlace } from '../src/core/origin.ts';
import { createPieces, PIECE } from '../src/sources/http/pieces.ts';
import { createPlaceAt } from '../src/sources/log-place.ts';
import { createRecords } from '../src/sources/place/records.ts';
import { type HttpLogs, key, startHttpLogs } from './support/http-logs.ts';

const around = (text: string, how?: Parameters<typeof createRecords>[1]) => {
  const bytes = Buffer.from(text);
  return createRecords(bytes, how)(bytes.indexOf('#')).map(({ from, to }) => String(bytes.subarray(from, to)));
};

describe('the record around a place', () => {
  test.each([
    ['a line', 'one\ntwo # three\nfour', ['two # three']],
    ['the first line', '# at the start', ['# at the start']],
    ['a line of JSON', '{"a":1}\n{"a":{"b":"}#{"}}\n{"a":2}', ['{"a":{"b":"}#{"}}']],
    ['in a list', '[{"a":1},{"a":"\\"}#"},{"a":2}]', ['{"a":"\\"}#"}']],
    ['in a list with blanks', '[{"a":1}, {"a":"#"}, {"a":2}]', ['{"a":"#"}']],
    ['in a list, behind a byte order mark', '\ufeff[{"a":1}, {"a":"#"}]', ['{"a":"#"}']],
    ['in a row', '{"event":1}{"event":"#"}{"event":3}', ['{"event":"#"}']],
    ['in a row with blanks', '{"event":1} {"event":"#"} {"event":3}', ['{"event":"#"}']],
    ['JSON in a line that a bracket begins', '[2026-11-28] {#} text', ['{#}']],
    ['a list that was cut', '[{"cut": "#', ['{"cut": "#']],
    ['over many lines', '[\n {\n  "a": {"b": 1},\n  "c": "#"\n },\n {}\n]', ['{\n  "a": {"b": 1},\n  "c": "#"\n }']],
    ['over many lines, in a row', '{\n "a": 1\n}\n{\n "a": "#"\n}\n', ['{\n "a": "#"\n}']],
    ['over many lines, an object in one', '{\n "a": {"h": "#"}\n}', ['{\n "a": {"h": "#"}\n}']],
    ['in an object', '{"h":1,"records":[{"a":1}, {"a":"#"}]}', ['{"h":1,"records":[{"a":1}, {"a":"#"}]}', '{"a":"#"}']],
    ['in an object that is cut', '{"h":1,"Logs": [ {"a":1},{"a":"#"},{', ['{"h":1,"Logs": ', '{"a":"#"}']],
    ['in a list of another name', '{"h":1,"tags":[{"a":1},{"a":"#"}]}', ['{"h":1,"tags":[{"a":1},{"a":"#"}]}']],
    ['text below JSON that is broken', '{"a":"1\nb # c\n{"d":2}', ['b # c']],
    ['a list of lines', '["host=a", "host=b #"]', []],
    ['a list of all sorts', '[{"host":"a"}, "#"]', []],
  ])('%s', (_, text, spans) => {
    expect(around(text)).toEqual(spans);
  });

  test.each([
    ['a whole record', '{"a":1}, {"a":"#"}, {"a":', ['{"a":"#"}']],
    ['a whole record behind the rest of one', '1","b":"}"}, {"a":"#"}, {"a":', ['{"a":"#"}']],
    ['the rest of a record', ' # host=a"}, {"a":1}', []],
    ['the rest of a list in a record', '{"k":1}],"a":"#"}, {"b":1}', []],
    ['a member of the rest of a record', '{"k":1}],"a":{"host":"#"}}, {"b":1}', []],
    ['a list in the rest of a record', '{"k":1}],"a":[{"host":"#"}]}, {"b":1}', []],
    ['the rest of a line of text', 'host=a # b\nhost=c', []],
    ['the next line', 'host=a b\nhost=c #', ['host=c #']],
    ['what only looks like a record', ' }, {"x\\"}, {"a":1}"}, {"y":"#', []],
  ])('where a line goes on: %s', (_, text, spans) => {
    expect(around(text, { goesOn: true })).toEqual(spans);
  });

  test('asked of all in turn, or from the last on, the same is told, and each is read once', () => {
    const texts = Array.from({ length: 2_000 }, (_, n) => JSON.stringify({ host: `h${n}`, m: '# #' }));
    const bytes = Buffer.from(`{"service":"s","records":[${texts.join(', ')}]}`);
    let reads = 0;
    const read = (): LogPlace => {
      reads += 1;
      return {};
    };
    const places: number[] = [];
    for (let at = bytes.indexOf('#'); at >= 0; at = bytes.indexOf('#', at + 1)) places.push(at);
    const recordAt = createRecords(bytes);
    const told = places.map((at) => recordAt(at).at(-1));
    expect(told.map((span) => String(bytes.subarray(span?.from, span?.to)))).toEqual(
      texts.flatMap((text) => [text, text]),
    );
    expect(places.toReversed().map((at) => recordAt(at).at(-1))).toEqual(told.toReversed());
    const placeAt = createPlaceAt(bytes, { read });
    for (const at of places) placeAt(at);
    expect(reads).toBe(1 + texts.length);
  });

  test.each([',', ', ', '', ' '])('a long line is cut where a record begins, behind %j', (between) => {
    const record = `${JSON.stringify({ a: [{}, {}], b: '[{"c":"},{"},{"d":2}]', c: ' '.repeat(100) })}${between}`;
    const [first] = createPieces({ owned: false }).add(Buffer.from(`[${record.repeat((2 * PIECE) / record.length)}`));
    expect(((first?.length ?? 0) - 1) % record.length).toBe(0);
  });
});

/** Texts and members that look as borders and hosts of other records do. */
const odd = fc
  .array(fc.constantFrom('a ', '},{"', '}, {', '{"host":"evil', '"', '\\', ']', '[{', '\n', '}', '{', ',', ':'), {
    maxLength: 5,
  })
  .map((all) => all.join(''));
const membersOf = (nth: number, text: string, more: string) =>
  [
    ['host', `host-${nth}`],
    ['message', `${text}#${nth}#${more}`],
    ['tags', [{ k: more, host: `host-${nth}`, m: `#${nth}#` }, { k: text }]],
    ['kubernetes', { host: `host-${nth}`, m: `#${nth}#`, labels: { a: more } }],
    ['logs', [{ host: `host-${nth}`, m: `#${nth}#` }]],
    ['end', `#${nth}#`],
  ] as const;
const bodyOf = (texts: readonly string[], between: string): readonly string[] => [
  texts.join('\n'),
  texts.join(between.trim() === ',' ? '' : between),
  `[${texts.join(between)}]`,
  `{"records":[${texts.join(between)}], "y":{"z":[]}}`,
  `{"x":1,"of no known name": [${texts.join(between)}]}`,
  `[${texts.map((text) => JSON.stringify(text)).join(between)}]`,
];

test('no record is told the host of another one, whatever they hold, and wherever a body is cut', () => {
  const kinds = fc.record({
    records: fc.array(fc.tuple(odd, odd, fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 })), {
      minLength: 1,
      maxLength: 6,
    }),
    indent: fc.constantFrom(0, 0, 1),
    between: fc.constantFrom(',', ', ', ',\n ', ' ,'),
    kind: fc.nat(5),
    cuts: fc.array(fc.nat(1_000), { maxLength: 3 }).map((all) => all.toSorted((one, other) => one - other)),
    isReversed: fc.boolean(),
  });
  fc.assert(
    fc.property(kinds, ({ records, indent, between, kind, cuts, isReversed }) => {
      const texts = records.map(([text, more, members], nth) => {
        const all = membersOf(nth, text, more);
        return JSON.stringify(Object.fromEntries(members.map((at) => all[at] ?? [])), null, indent);
      });
      const body = bodyOf(texts, between)[kind] ?? '';
      for (const [nth, from] of [0, ...cuts].entries()) {
        const piece = body.slice(from, [...cuts, body.length][nth]);
        const placeAt = createPlaceAt(Buffer.from(piece), { goesOn: from > 0 && body[from - 1] !== '\n' });
        const places = [...piece.matchAll(/#(\d)#/g)];
        for (const { index, 1: own } of isReversed ? places.reverse() : places) {
          const host = /^host-\d$/.exec(placeAt(index).host ?? '')?.[0];
          expect([undefined, `host-${own}`]).toContain(host);
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

const open: HttpLogs[] = [];
afterEach(async () => {
  for (const logs of open.splice(0)) await logs.close();
});

describe('bodies of many records, longer than a piece', () => {
  const COUNT = 3_000;
  const keyed = Array.from({ length: COUNT / 100 }, (_, nth) => 100 * nth + 99);
  const records = Array.from({ length: COUNT }, (_, n) => ({
    ...{ host: `host-${n}`, service: `s-${n}` },
    message: keyed.includes(n) ? `x ${key(String(n))}` : 'nothing '.repeat(20),
  }));
  const texts = records.map((record) => JSON.stringify(record));
  const bodies: readonly (readonly [name: string, body: string])[] = [
    ['in a list', `[${texts.join(',')}]`],
    ['in a list with blanks', `[${texts.join(', ')}]`],
    ['in a list, a line each', `[\n${texts.join(',\n  ')}\n]`],
    ['in a list, with lists in them', JSON.stringify(records.map((all) => ({ tags: [{ k: 1 }, { k: 2 }], ...all })))],
    ['in a row', texts.join('')],
    ['in a row with blanks', texts.join(' ')],
    ['in an object', `{"records":[${texts.join(',')}]}`],
    ['in an object with blanks', `{"a": 1, "records": [${texts.join(', ')}], "b": 2}`],
    ['over many lines', JSON.stringify(records, null, 2)],
    ['over many lines, in an object', JSON.stringify({ records }, null, 1)],
    ['over many lines, in a row', records.map((record) => JSON.stringify(record, null, 2)).join('\n')],
  ];

  test.each(bodies)('%s: each tells its own origin', async (_, body) => {
    const logs = await startHttpLogs();
    open.push(logs);
    expect((await logs.ask('/logs', { headers: { 'content-type': 'application/json' }, body })).status).toBe(200);
    expect(logs.keys()).toEqual(keyed.map((n) => key(String(n))));
    const wrong = logs.hits().filter(({ origin: { log } }, nth) => log && log.host !== `host-${keyed[nth]}`);
    expect(wrong).toEqual([]);
    // One that stands at a cut may tell nothing.
    const cuts = Math.ceil(body.length / PIECE);
    expect(logs.hits().filter(({ origin }) => origin.log?.service).length).toBeGreaterThan(keyed.length - cuts / 2);
  });
});
