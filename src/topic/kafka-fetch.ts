import type { Refusal, WireMessage } from './kafka-decode.ts';

/** https://kafka.apache.org/protocol#protocol_error_codes */
const refusals = new Map<number, Refusal>([
  [1, 'out-of-range'],
  [29, 'denied'],
]);

interface Fetched {
  readonly errorCode: number;
  readonly messages: readonly WireMessage[];
}

/** An answer to a fetch, as kafkajs decodes it. */
export interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly Fetched[] }[];
}

/**
 * kafkajs takes nothing of an answer that says of one partition that it may not be read, and ends for good; one that is asked
 * for what it no longer has it begins anew in silence, and commits that. Here such a partition gives one message that says so, and the others give what they have.
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
