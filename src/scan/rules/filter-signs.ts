import type { Value } from './filter-calls.ts';

type Two = (left: Value, right: Value) => Value;

const compare =
  (of: (left: number, right: number) => boolean): Two =>
  (left, right) =>
    typeof left === 'number' && typeof right === 'number' && of(left, right);

const onTexts =
  (of: (left: string, right: string) => boolean): Two =>
  (left, right) =>
    typeof left === 'string' && typeof right === 'string' && of(left, right);

/** What stands between two parts of a filter. */
export const signs: Readonly<Record<string, Two>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': compare((left, right) => left < right),
  '<=': compare((left, right) => left <= right),
  '>': compare((left, right) => left > right),
  '>=': compare((left, right) => left >= right),
  in: (left, right) => Array.isArray(right) && right.includes(left),
  contains: onTexts((left, right) => left.includes(right)),
  startsWith: onTexts((left, right) => left.startsWith(right)),
  endsWith: onTexts((left, right) => left.endsWith(right)),
  '+': (left, right) =>
    typeof left === 'string' && typeof right === 'string' ? left + right : Number(left) + Number(right),
  '-': (left, right) => Number(left) - Number(right),
  '*': (left, right) => Number(left) * Number(right),
  '/': (left, right) => Number(left) / Number(right),
  '%': (left, right) => Number(left) % Number(right),
};
