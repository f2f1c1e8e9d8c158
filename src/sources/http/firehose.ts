import type { Clock } from '../../core/clock.ts';
import type { IngressCall, Reply } from '../../core/ingress.ts';
import type { Dialect, Route } from './dialect.ts';
import { createFirehoseRecords } from './firehose-records.ts';

/** Nothing but this is taken for an answer, nor one that has another id. */
const JSON_TYPE = { 'content-type': 'application/json' };

/** How much longer than a body all of its records may be: those of CloudWatch become ten times as long, and a bomb a thousand times. */
const GROWTH = 8;

interface FirehoseNeeds {
  readonly clock: Pick<Clock, 'now'>;
  /** The longest body. */
  readonly mostBytes: number;
}

/**
 * Delivery of Amazon Data Firehose to an HTTP endpoint: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html.
 * 200: durable. It comes again for all other answers but 413.
 */
export const firehoseRoutes = ({ mostBytes, clock }: FirehoseNeeds): readonly Route[] => {
  const said = (
    { headers }: IngressCall,
    status: number,
    more: Partial<Record<'errorMessage', string>> = {},
  ): Reply => {
    const requestId = `${headers['x-amz-firehose-request-id'] ?? ''}`;
    const body = JSON.stringify({ requestId, timestamp: clock.now(), ...more });
    // As bytes: of a text it would be said how its letters are written.
    return { status, headers: JSON_TYPE, body: Buffer.from(body) };
  };
  const dialect: Dialect = {
    kinds: 'application/json',
    reading: (call) => ({ ...createFirehoseRecords(GROWTH * mostBytes), accepted: () => said(call, 200) }),
    refused({ status, text, headers }, call) {
      const reply = said(call, status, { errorMessage: text });
      return { ...reply, headers: { ...headers, ...reply.headers } };
    },
  };
  return [{ methods: ['POST'], path: '/firehose', dialect }];
};
