import type { Span } from './span.ts';
import { createWire } from './wire.ts';

/** A field that was read: `number`, its content, and whether it is content at all. */
export interface ReadField extends Span {
  readonly number: number;
  readonly wire: number;
}

/** The fields of a message, in order; those of a malformed end are left out. */
export function* fieldsOf(body: Buffer, { from, to }: Span): Generator<ReadField> {
  const wire = createWire(body);
  for (let at = from; at < to; ) {
    at = wire.next(at, to);
    if (at < 0) return;
    yield { ...wire.field };
  }
}

export const varintOf = (body: Buffer, { from, to }: Span): number =>
  body.subarray(from, to).reduceRight((value, byte) => value * 128 + (byte & 0x7f), 0);

/** The messages that stand around a place, outermost first: as many as the path has that hold it. */
export type FindInWire = (offset: number) => readonly Span[];

/**
 * Finds messages by the numbers of the fields that lead to them. What was passed over is remembered, so that places in
 * ascending order are found in one pass.
 */
export const createFindInWire = (body: Buffer, path: readonly number[]): FindInWire => {
  const wire = createWire(body);
  const { field } = wire;
  /** By level: how far the fields of the message that begins at `parent` were passed over. */
  const passed = path.map(() => ({ parent: -1, at: 0 }));

  const child = (parent: Span, level: number, offset: number): Span | undefined => {
    const cursor = passed[level] ?? { parent: -1, at: 0 };
    let at = cursor.parent === parent.from && cursor.at <= offset ? cursor.at : parent.from;
    while (at < parent.to) {
      const next = wire.next(at, parent.to);
      if (next < 0) return undefined;
      if (offset < next) break;
      at = next;
    }
    passed[level] = { parent: parent.from, at };
    const isOnPath = at < parent.to && field.number === path[level] && field.wire === 2;
    return isOnPath ? { from: field.from, to: field.to } : undefined;
  };

  return (offset) => {
    const spans: Span[] = [];
    let span: Span | undefined = { from: 0, to: body.length };
    for (let level = 0; span && level < path.length; level += 1) {
      span = child(span, level, offset);
      if (span) spans.push(span);
    }
    return spans;
  };
};
