import type { Refusal, WireMessage } from './kafka-decode.ts';

/** https://kafka.apache.org/protocol#protocol_error_codes */
const refusals = new Map<number, Refusal>([[1, 'out-of-range']]);

interface Fetched {
  readonly errorCode: number;
  readonly messages: readonly WireMessage[];
}

/** An answer to a fetch, as kafkajs decodes it. */
export interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly Fetched[] }[];
}

/**
 * A partition that is asked for what it no longer has kafkajs begins anew in silence, and commits that; of the others in the
 * same answer it takes nothing. Here such a partition gives one message that says so, and the others give what they have.
 */
export const sparing = (answer: FetchAnswer): FetchAnswer => ({
  ...answer,
  responses: answer.responses.map((topic) => ({ ...topic, partitions: topic.partitions.map(spared) })),
});

const spared = (it: Fetched): Fetched => {
  const refused = refusals.get(it.errorCode);
  return refused ? { ...it, errorCode: 0, messages: [{ ...SAYING, refused }] } : it;
};

/** Its offset is one that kafkajs does not take for one before the place it asked at. */
const SAYING = {
  ...{ key: null, value: null, headers: {}, isControlRecord: false, batchContext: {} },
  ...{ offset: String(2n ** 63n - 1n), timestamp: '-1' },
};
