import type { LogPlace } from '../../core/origin.ts';
import { mergePlaces } from '../log-place.ts';
import { beginOf, rememberLast } from '../remember.ts';
import type { Payload } from './format.ts';
import type { Schema } from './schema.ts';
import { blankedSlices } from './slices.ts';
import type { Span } from './span.ts';
import { createWireBlank } from './wire-blank.ts';
import { createFindInWire, type FindInWire } from './wire-find.ts';

export interface WireNeeds {
  readonly schema: Schema;
  /** Numbers of the fields that lead to a record: the first to its group (of one resource, of one stream). */
  readonly path: readonly number[];
  placeOfGroup(body: Buffer, group: Span): LogPlace;
  placeOfRecord(body: Buffer, record: Span): LogPlace;
}

/** A body of protobuf: groups of records, each group with what all of its records say of themselves. */
export const createWirePayload = ({ schema, path, placeOfGroup, placeOfRecord }: WireNeeds): Payload => {
  interface Asked {
    readonly body: Buffer;
    readonly find: FindInWire;
    group(span: Span): LogPlace;
    record(span: Span): LogPlace;
  }
  let asked: Asked | undefined;
  const begun = (body: Buffer): Asked => {
    const remember = (read: (body: Buffer, span: Span) => LogPlace) =>
      rememberLast((span: Span) => read(body, span), beginOf);
    return {
      body,
      find: createFindInWire(body, path),
      group: remember(placeOfGroup),
      record: remember(placeOfRecord),
    };
  };

  return {
    texts: (body) => blankedSlices(body, createWireBlank(body, schema)),
    locate: (body, { offset }) => {
      if (asked?.body !== body) asked = begun(body);
      const spans = asked.find(offset);
      const [group, record] = [spans[0], spans[path.length - 1]];
      if (!group) return undefined;
      return mergePlaces(record ? asked.record(record) : {}, asked.group(group));
    },
  };
};
