import { setTimeout } from 'node:timers/promises';
import kafkajs, { type GroupMember, type MemberMetadata as Metadata, type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

type Needs = Parameters<PartitionAssigner>[0];

/** Who of those that read a topic gets a partition of it; `counts`: how many each member has so far. */
type Choose = (
  readers: readonly string[],
  partition: number,
  counts: ReadonlyMap<string, number>,
) => string | undefined;

/**
 * Members may read different topics, if only while settings are changed: each topic is shared among those that subscribe to
 * it. (What kafkajs ships gives the leader's topics to all members, and nobody the others.)
 */
const sharing =
  (name: string, choose: Choose): PartitionAssigner =>
  (needs) => ({
    name,
    version: 0,
    async assign({ members }) {
      const readersOf = readersByTopic(members);
      const seen = seenBy(members.flatMap(({ memberMetadata }) => MemberMetadata.decode(memberMetadata) ?? []));
      const partitions = new Map<string, readonly number[]>();
      for (const topic of readersOf.keys()) partitions.set(topic, await partitionsOf(needs, topic, seen.get(topic)));
      const given = share(readersOf, partitions, choose);
      return members.map(({ memberId }) => {
        const memberAssignment = { version: 0, assignment: given.get(memberId) ?? {}, userData: Buffer.alloc(0) };
        return { memberId, memberAssignment: MemberAssignment.encode(memberAssignment) };
      });
    },
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version: 0, topics, userData: sightOf(needs, topics) }),
    }),
  });

/**
 * How many partitions a member sees in each of its topics. kafkajs joins anew when they become more; but brokers have the
 * group share anew only for its leader, or for a member that says something else than before.
 */
const sightOf = ({ cluster }: Needs, topics: readonly string[]): Buffer =>
  Buffer.from(topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length).join());

/** By topic the most that a member sees; those of older versions do not say. */
const seenBy = (all: readonly Metadata[]): ReadonlyMap<string, number> => {
  const seen = new Map<string, number>();
  for (const { topics, userData } of all) {
    // Clients that are not ours may have none.
    const counts = String(userData ?? '')
      .split(',')
      .map(Number);
    for (const [n, topic] of topics.entries()) seen.set(topic, Math.max(seen.get(topic) ?? 0, counts[n] || 0));
  }
  return seen;
};

type Readers = ReadonlyMap<string, readonly string[]>;

/** All in an order that every leader would take. */
const readersByTopic = (members: readonly GroupMember[]): Readers => {
  const readings = members.flatMap(({ memberId, memberMetadata }) =>
    (MemberMetadata.decode(memberMetadata)?.topics ?? []).map((topic) => ({ topic, memberId })),
  );
  const byTopic = Map.groupBy(readings, ({ topic }) => topic);
  return new Map([...byTopic.keys()].sort().map((topic) => [topic, idsOf(byTopic.get(topic) ?? [])]));
};
const idsOf = (readings: readonly Pick<GroupMember, 'memberId'>[]): readonly string[] =>
  readings.map(({ memberId }) => memberId).sort();

/** Partitions by topic, for each member. */
const share = (readersOf: Readers, partitions: ReadonlyMap<string, readonly number[]>, choose: Choose) => {
  const given = new Map<string, Record<string, number[]>>();
  const counts = new Map<string, number>();
  for (const [topic, readers] of readersOf) {
    for (const partition of partitions.get(topic) ?? []) {
      const id = choose(readers, partition, counts) ?? '';
      const mine = given.get(id) ?? {};
      given.set(id, { ...mine, [topic]: [...(mine[topic] ?? []), partition] });
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return given;
};

const NOT_THERE: ReadonlySet<unknown> = new Set([
  ...['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION', 'TOPIC_AUTHORIZATION_FAILED'],
]);

/** What a member saw may not have come to the broker that the leader asks: it is asked again, a few times. */
const TRIES = 5;
const TRY_AGAIN_MS = 200;

/** The leader knows its own topics. Of others it asks, and keeps nothing: one that is deleted is then no trouble of ours. */
const partitionsOf = async (needs: Needs, topic: string, seen = 0): Promise<readonly number[]> => {
  const known = numbersOf(needs.cluster.findTopicPartitionMetadata(topic));
  if (known.length > 0) return known;
  let told = await askFor(needs, topic);
  for (let n = 1; n < TRIES && told.length < seen; n += 1) {
    await setTimeout(TRY_AGAIN_MS);
    told = await askFor(needs, topic);
  }
  return told;
};

const askFor = async ({ cluster, logger }: Needs, topic: string): Promise<readonly number[]> => {
  try {
    const broker = await cluster.findControllerBroker();
    const { topicMetadata } = await broker.metadata([topic]);
    return numbersOf(topicMetadata.flatMap(({ partitionMetadata }) => partitionMetadata));
  } catch (error) {
    if (!(error instanceof Error && 'type' in error && NOT_THERE.has(error.type))) throw error;
    logger.warn(`a topic of another member cannot be shared out: ${error.type}`);
    return [];
  }
};

const numbersOf = (all: readonly { readonly partitionId: number }[]): readonly number[] =>
  all.map(({ partitionId }) => partitionId).sort((one, other) => one - other);

/**
 * Gives partition n of every topic to the same of its readers, so that a key is with one member whichever topic it is on.
 * (kafkajs' own round robin counts on through the topics.)
 */
export const togetherAssigner = sharing(
  'keyfuse-together',
  (readers, partition) => readers[partition % readers.length],
);

/** Gives each partition to who has fewest. It goes by the name of kafkajs' own, which members of older versions speak. */
export const evenAssigner = sharing('RoundRobinAssigner', (readers, _, counts) =>
  readers.toSorted((one, other) => (counts.get(one) ?? 0) - (counts.get(other) ?? 0)).at(0),
);
