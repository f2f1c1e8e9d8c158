import { isText } from './text-bytes.ts';
import { createWire } from './wire.ts';

const MOST_NESTED = 32;
const CONTENT = 2;

/**
 * Where the texts and bytes of a protobuf message begin and end, in turn, told without its schema; undefined: from `from`
 * on it is no message to its last byte.
 */
export const wireStrings = (body: Buffer, from: number): readonly number[] | undefined => {
  const { field, next } = createWire(body);
  const edges: number[] = [];

  /** Is all of it fields? Text may be, by chance: of that, only if the numbers ascend and most of it is content. */
  const isMessage = (begin: number, end: number): boolean => {
    let [number, content, ascends] = [0, 0, true];
    for (let at = begin; at < end; number = field.number) {
      at = next(at, end);
      if (at < 0) return false;
      ascends &&= field.number >= number;
      if (field.wire === CONTENT) content += at - field.from;
    }
    return number > 0 && ((ascends && 2 * content > end - begin) || !isText(body.subarray(begin, end)));
  };
  const take = (begin: number, end: number, depth: number): void => {
    for (let at = begin; at < end; ) {
      at = next(at, end);
      if (field.wire !== CONTENT) continue;
      const content = field.from;
      if (depth < MOST_NESTED && isMessage(content, at)) take(content, at, depth + 1);
      else edges.push(content, at);
    }
  };
  if (!isMessage(from, body.length)) return undefined;
  take(from, body.length, 0);
  return edges;
};
