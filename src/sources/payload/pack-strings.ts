import { createPack } from './pack.ts';

/** Where the texts and bytes of a MessagePack list or map begin and end, in turn; undefined: it is none, or not all of it. */
export const packStrings = (body: Buffer): readonly number[] | undefined => {
  const { head, read, skip } = createPack(body);
  // A field of protobuf with a tag of two bytes begins as a list or map of small numbers does.
  const holds = read(0) && head.count > 0 && (body[head.from] ?? 0) >= 0x80;
  if (!holds || skip(0) !== body.length) return undefined;
  const edges: number[] = [];
  for (let at = 0; at < body.length && read(at); at = head.to) {
    if (head.kind === 'text' || head.kind === 'bytes' || head.kind === 'ext') edges.push(head.from, head.to);
  }
  return edges;
};
