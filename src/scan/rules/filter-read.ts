import { calls, type Part, type Run, type Value } from './filter-calls.ts';
import { signs } from './filter-signs.ts';
import type { Reader } from './filter-words.ts';

/** Binding of the signs between two parts: the loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['??'],
  ['||', 'or'],
  ['&&', 'and'],
  ['==', '!='],
  ['<', '<=', '>', '>=', 'in', 'contains', 'startsWith', 'endsWith'],
  ['+', '-'],
  ['*', '/', '%'],
];

const fixed = (value: Value): Part => ({ run: () => value, fixed: value });
const running = (run: Run): Part => ({ run });

/** Reads an expression, with what it names by `let` before. Throws an Error that tells what is not understood. */
export const readExpression = (reader: Reader): Part =>
  reader.within(() => {
    if (!reader.skip('let')) return readTernary(reader);
    const name = reader.take().text;
    reader.expect('=');
    const { run: value } = readTernary(reader);
    reader.expect(';');
    const { run: rest } = readExpression(reader);
    return running((scope) => rest({ ...scope, [name]: value(scope) }));
  });

const readTernary = (reader: Reader): Part => {
  const { run: condition, ...rest } = readLevel(reader, 0);
  if (!reader.skip('?')) return { run: condition, ...rest };
  const { run: yes } = readExpression(reader);
  reader.expect(':');
  const { run: no } = readExpression(reader);
  return running((scope) => (condition(scope) === true ? yes(scope) : no(scope)));
};

/** Signs that look at their right part only where the left does not decide. */
const lazy: Readonly<Record<string, (left: Run, right: Run) => Run>> = {
  '??': (left, right) => (scope) => left(scope) ?? right(scope),
  '||': (left, right) => (scope) => left(scope) === true || right(scope) === true,
  '&&': (left, right) => (scope) => left(scope) === true && right(scope) === true,
};
const named: Readonly<Record<string, string>> = { or: '||', and: '&&' };

const joined = (sign: string, { run: left }: Part, { run: right }: Part): Part => {
  const isLazy = lazy[named[sign] ?? sign];
  if (isLazy) return running(isLazy(left, right));
  const of = signs[sign];
  return running((scope) => of?.(left(scope), right(scope)));
};

const readLevel = (reader: Reader, level: number): Part => {
  const at = LEVELS[level];
  if (!at) return readUnary(reader);
  let left = readLevel(reader, level + 1);
  for (let sign = at.find(reader.skip); sign; sign = at.find(reader.skip)) {
    left = joined(sign, left, readLevel(reader, level + 1));
  }
  return left;
};

const readUnary = (reader: Reader): Part =>
  reader.within(() => {
    if (reader.skip('!') || reader.skip('not')) {
      const { run } = readUnary(reader);
      return running((scope) => run(scope) !== true);
    }
    if (!reader.skip('-')) return readPostfix(reader);
    const { run } = readUnary(reader);
    return running((scope) => -Number(run(scope)));
  });

const readPostfix = (reader: Reader): Part => {
  let part = readAtom(reader);
  for (;;) {
    if (reader.skip('[')) part = readIndex(reader, part);
    else if (reader.skip('.') || reader.skip('?.')) part = member(part, fixed(reader.take().text));
    else return part;
  }
};

const member = ({ run: of }: Part, { run: key }: Part): Part =>
  running((scope) => calls['get']?.([running(of), running(key)])(scope));

/** `[key]`, or `[from:to]` of a text. */
const readIndex = (reader: Reader, part: Part): Part => {
  const from = reader.skip(':') ? undefined : readExpression(reader);
  if (from && reader.skip(']')) return member(part, from);
  if (from) reader.expect(':');
  const to = reader.skip(']') ? undefined : readExpression(reader);
  if (to) reader.expect(']');
  return running((scope) => {
    const text = part.run(scope);
    const places = [from ? Number(from.run(scope)) : 0, to ? Number(to.run(scope)) : undefined];
    return typeof text === 'string' ? text.slice(...places) : undefined;
  });
};

const words: Readonly<Record<string, Value>> = { true: true, false: false, nil: undefined };

const readAtom = (reader: Reader): Part => {
  const { kind, text } = reader.take();
  if (kind === 'text') return fixed(text);
  if (kind === 'number') return fixed(Number(text));
  if (text === '(') {
    const inner = readExpression(reader);
    reader.expect(')');
    return inner;
  }
  if (text === '[') return readList(reader);
  if (kind !== 'name') throw new Error(`its filter has ${text} where something to look at should be`);
  if (Object.hasOwn(words, text)) return fixed(words[text]);
  if (text === 'filter') reader.expect('.');
  const name = text === 'filter' ? reader.take().text : text;
  if (reader.skip('(')) return readCall(reader, name);
  return running((scope) => (Object.hasOwn(scope, name) ? scope[name] : undefined));
};

const readList = (reader: Reader): Part => {
  const parts = readParts(reader, ']');
  const texts = parts.map((part) => part.fixed).filter((value) => typeof value === 'string');
  if (texts.length < parts.length) throw new Error('its filter has a list of something other than texts');
  return fixed(texts);
};

const readCall = (reader: Reader, name: string): Part => {
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (!call) throw new Error(`its filter calls ${name}, which is not known here`);
  return running(call(readParts(reader, ')')));
};

const readParts = (reader: Reader, end: string): readonly Part[] => {
  const parts: Part[] = [];
  while (!reader.skip(end)) {
    parts.push(readExpression(reader));
    if (reader.skip(',')) continue;
    reader.expect(end);
    break;
  }
  return parts;
};
