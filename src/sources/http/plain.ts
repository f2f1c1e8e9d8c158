import { msgpack } from '../payload/msgpack.ts';
import { type Dialect, type Route, typeOf } from './dialect.ts';
import { plainly } from './refusal.ts';
import { uncounted } from './uncounted.ts';

/** Every kind of text is read alike, and what nobody named is taken for one. A form is none: its lines are joined. */
const TEXT = /^(?:text\/.+|application\/(?:.+\+)?(?:x-)?(?:ndjson|jsonl|json|logfmt)|)$/;
/** Heroku's drains: https://github.com/heroku/logplex/blob/master/doc/README.http_drains.md */
const LOGPLEX = 'application/logplex-1';
const MSGPACK = ['application/msgpack', 'application/x-msgpack', 'application/vnd.msgpack'];

/** winston takes nothing else for a success. */
const accepted = () => ({ status: 200 });

/** `POST /logs`: lines of text or of JSON, arrays of JSON, MessagePack, counted syslog. 200: durable. */
export const plainRoutes = (): readonly Route[] => {
  const dialect: Dialect = {
    kinds: 'text/plain, application/x-ndjson, application/json or application/msgpack',
    reading(call) {
      const type = typeOf(call);
      if (TEXT.test(type)) return { accepted };
      if (type === LOGPLEX) return { texts: uncounted, accepted };
      return MSGPACK.includes(type) ? { payload: msgpack(), accepted } : undefined;
    },
    // Fluentd's `out_http` drops for good what is answered anything but 503; to the others both say that they come again.
    refused: (refusal) => plainly(refusal.why === 'limited' ? { ...refusal, status: 503 } : refusal),
  };
  return [{ methods: ['POST'], path: '/logs', dialect }];
};
