import { mkdtempSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { logTopics } from '../src/app-log-topics.ts';
import { readConfig } from '../src/config-read.ts';
import { systemClock as clock } from '../src/core/clock.ts';
import { sample } from '../src/core/sample.ts';
import { kafkaLogs, type Source } from '../src/sources/index.ts';
import { sourceContract } from './source.contract.ts';
import { createAuthority } from './support/certificates.ts';
import { fresh } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { type KafkaCluster, kafkaOrWhy, openKafka } from './support/kafka.ts';
import { kafkaLogsSubject, openLogs } from './support/kafka-logs.ts';
import { type Killable, startChild } from './support/kill.ts';
import { createFacts, createSink } from './support/sink.ts';

const why = await kafkaOrWhy();
let cluster: KafkaCluster;

type Logs = Awaited<ReturnType<typeof openLogs>>;

/** Runs a story on topics of its own; `read` starts the source and gives what ends it. */
const onLogs = async (tell: (logs: Logs, reading: ReturnType<typeof startReading>) => Promise<void>): Promise<void> => {
  const logs = await openLogs(cluster.bootstrap);
  const reading = startReading(logs);
  try {
    await tell(logs, reading);
  } finally {
    await reading.end();
    await logs.close();
  }
};

const startReading = (logs: Logs) => {
  const [sink, facts, stop] = [createSink(), createFacts(), new AbortController()];
  let running = Promise.resolve();
  const run = (source: Source): void => {
    running = source.run(sink.emit, stop.signal);
  };
  return {
    ...{ sink, facts, run },
    start(topics: readonly string[], more: Parameters<Logs['source']>[2] = {}): void {
      run(logs.source(topics, facts.record, more));
    },
    async end(): Promise<void> {
      sink.open();
      stop.abort();
      await running;
    },
  };
};

type Numbered = ReturnType<typeof numbered>[number];
const COUNT = 300;

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    key: `key ${name} ${n}`,
    value: n % 10 === 9 ? null : `${name} ${n} ${sample(`${name} ${n}`, 32)} ${'filler '.repeat(n % 40)}`,
    headers: { trace: `header ${name} ${n}` },
  }));

if (why) {
  test.skip(why, () => undefined);
} else {
  const dir = mkdtempSync(join(tmpdir(), 'keyfuse-logs-'));
  const authority = createAuthority(dir);
  const user = { username: 'reader', password: sample('password', 24) };
  beforeAll(async () => {
    cluster = await openKafka({ pair: authority.sign('kafka'), ...user });
  }, 300_000);
  afterAll(async () => {
    await cluster?.stop();
    await rm(dir, { recursive: true });
  }, 60_000);

  sourceContract(kafkaLogsSubject(() => cluster.bootstrap));
  describe('kafka-logs', () => {
    test('reads what the broker packed with each codec, and says which message holds a place', async () => {
      await onLogs(async (logs, { sink, facts, start }) => {
        const kinds = ['gzip', 'snappy', 'lz4', 'zstd', 'uncompressed'];
        const topics = await Promise.all(
          kinds.map((packed) => logs.create(logs.name(packed), { packed, partitions: 2 })),
        );
        const own = await logs.create(logs.name('own'));
        await Promise.all(topics.map((topic, n) => logs.write(topic, numbered(kinds[n] ?? '', COUNT))));
        await logs.write(own, numbered('own', 50), 1);
        const long = `start ${'long '.repeat(200_000)} ${sample('end', 32)}`;
        await logs.write(topics[2] ?? '', [{ key: '', value: long }]);
        start([...topics, own]);

        await eventually('all', async () => (await logs.committed([...topics, own])) === 5 * COUNT + 51);
        const lines = new Set(sink.texts().flatMap((text) => text.split('\n')));
        const wanted = [...kinds.flatMap((kind) => numbered(kind, COUNT)), ...numbered('own', 50), { value: long }];
        const said = wanted.flatMap(({ key, value, headers }: Partial<Numbered>) => [
          key,
          value,
          headers && `trace: ${headers.trace}`,
        ]);
        expect(said.filter((line) => line && !lines.has(line))).toEqual([]);
        const fragment = sink.taken.find(({ bytes }) => Buffer.from(bytes).includes('header lz4 77'));
        const offset = Buffer.from(fragment?.bytes ?? []).indexOf('header lz4 77');
        expect(fragment?.locate?.({ offset, length: 5 })).toMatchObject({
          source: 'kafka-logs',
          locator: expect.stringMatching(new RegExp(`^topic ${logs.name('lz4')}, partition [01], offset \\d+$`)),
          log: { time: expect.any(Number) },
        });
        expect(facts.of('source.unscanned')).toEqual([]);
        expect(logs.raised).toEqual([]);
      });
    }, 60_000);

    test('a bomb is counted with its place, and what is behind it in the same partition is read', async () => {
      await onLogs(async (logs, { sink, facts, start }) => {
        const topic = await logs.create(logs.name('bomb'));
        await logs.write(topic, [{ value: 'before' }]);
        await logs.write(topic, [{ value: Buffer.alloc(34 * 1024 * 1024) }, { value: 'beside' }], 1);
        await logs.write(topic, [{ value: 'behind' }]);
        start([topic]);
        await eventually('both', () => sink.has('before') && sink.has('behind'));
        await eventually('committed', async () => (await logs.committed([topic])) === 4);
        expect(facts.of('source.unscanned')).toMatchObject([
          { reason: 'unreadable', locator: `topic ${topic}, partition 0, offset 1 to 2` },
        ]);
        expect(logs.notes).not.toContain('kafka.crash');
      });
    }, 60_000);

    test('begins at the end, at a topic that is missing waits for its first message, and never makes one', async () => {
      await onLogs(async (logs, { sink, start }) => {
        const [there, later] = [logs.name('there'), logs.name('later')];
        await logs.create(there, { partitions: 2 });
        await logs.write(there, [{ value: 'old news' }]);
        start([there, later], { fromStart: false });
        await eventually('it reads', () => logs.notes.includes('kafka.joined'));
        await logs.write(there, [{ value: 'news' }]);
        await eventually('the news', () => sink.has('news'));
        expect(sink.texts().join()).not.toContain('old news');
        expect(logs.raised).toEqual([`log topics: topic ${later} is missing, or not ours to see`]);
        expect(await logs.admin.listTopics()).not.toContain(later);

        await logs.create(later);
        await logs.write(later, [{ value: 'the first' }]);
        await eventually('the first', () => sink.has('the first'));
        await logs.write(there, [{ value: 'still read' }]);
        await eventually('still read', () => sink.has('still read'));
        expect(logs.raised).toHaveLength(1);
      });
    }, 60_000);

    test.each([
      ['each its own', ['a'], ['b']],
      ['one of them one more, as while settings are changed', ['a'], ['a', 'b']],
      ['some of them the same', ['b', 'c'], ['a', 'b']],
    ])(
      'daemons of one group with different topics read all of them: %s',
      async (_, one, other) => {
        await onLogs(async (logs, left) => {
          const right = startReading(logs);
          try {
            const all = await Promise.all(['a', 'b', 'c'].map((of) => logs.create(logs.name(of), { partitions: 3 })));
            left.start(one.map(logs.name));
            right.start(other.map(logs.name));
            await eventually('both', async () => (await logs.members()) === 2);
            const wanted = all.filter((topic) => [...one, ...other].map(logs.name).includes(topic));
            const said = (topic: string) =>
              [0, 1, 2].map((partition) => ({ partition, value: `${topic} ${partition}` }));
            for (const topic of wanted) await logs.write(topic, said(topic));
            await eventually('all', async () => (await logs.committed(wanted)) === 3 * wanted.length);
            const [mine, yours] = [left, right].map(({ sink }) => sink.texts().join('\n'));
            for (const { value } of wanted.flatMap(said)) expect(`${mine}${yours}`).toContain(value);
            expect(mine).not.toBe('');
            expect(yours).not.toBe('');
          } finally {
            await right.end();
          }
        });
      },
      60_000,
    );

    test('partitions that are added to a topic which the leader of the group does not read are shared out', async () => {
      await onLogs(async (logs, left) => {
        const right = startReading(logs);
        try {
          const [one, other] = [await logs.create(logs.name('a')), await logs.create(logs.name('b'))];
          left.start([one]);
          // Who comes first leads.
          await eventually('the leader', async () => (await logs.members()) === 1);
          right.start([other]);
          const joins = () => logs.notes.filter((kind) => kind === 'kafka.joined').length;
          await eventually('both', () => joins() >= 3);
          await logs.admin.createPartitions({ topicPartitions: [{ topic: other, count: 3 }] });
          const before = joins();
          // Its producer does not know them yet.
          const later = await openLogs(cluster.bootstrap);
          const said = [0, 1, 2].map((partition) => ({ partition, value: `added ${partition}.` }));
          await later.write(other, said);
          await later.close();
          await eventually('all', () => said.every(({ value }) => right.sink.has(value)));
          // Each joins once more, and then it is quiet.
          expect(joins() - before).toBe(2);
        } finally {
          await right.end();
        }
      });
    }, 60_000);

    test('a topic that may not be read stops no other, is named with its cause, and is read on when it may be', async () => {
      // Somebody else's cluster may know no rights.
      if (!cluster.secure) return;
      await onLogs(async (logs, { sink, start }) => {
        const [open, shut] = [await logs.create(logs.name('open')), await logs.create(logs.name('shut'))];
        start([shut, open]);
        await logs.write(shut, [{ value: 'before' }]);
        await eventually('committed', async () => (await logs.committed([shut])) === 1);
        const allow = await logs.deny(shut);
        await eventually('a word', () => logs.raised.length > 0);
        for (const topic of [open, shut]) await logs.write(topic, [{ value: `news of ${topic}` }]);
        await eventually('the other', () => sink.has(`news of ${open}`));
        expect(sink.has(`news of ${shut}`)).toBe(false);
        await allow();
        await eventually('that one', () => sink.has(`news of ${shut}`));
        await eventually('both are committed', async () => (await logs.committed([open, shut])) === 3);
        expect(logs.raised).toEqual([`log topics: topic ${shut} may not be read: TOPIC_AUTHORIZATION_FAILED`]);
        expect(logs.notes.filter((kind) => kind === 'kafka.joined')).toHaveLength(1);
      });
    }, 60_000);

    test('beside a topic that may not be read the others begin at their end, at once', async () => {
      if (!cluster.secure) return;
      await onLogs(async (logs, { sink, start }) => {
        const [shut, open] = [await logs.create(logs.name('shut')), await logs.create(logs.name('open'))];
        for (const topic of [shut, open]) await logs.write(topic, [{ value: `old ${topic}` }]);
        await logs.deny(shut);
        start([shut, open], { fromStart: false });
        await eventually('it reads', () => logs.notes.includes('kafka.joined'));
        await logs.write(open, [{ value: `new ${open}` }]);
        await eventually('the new', () => sink.has(`new ${open}`));
        expect(sink.has(`old ${open}`)).toBe(false);
        await eventually('a word', () => logs.raised.length > 0);
        expect(logs.raised).toEqual([`log topics: topic ${shut} may not be read: TOPIC_AUTHORIZATION_FAILED`]);
      });
    }, 60_000);

    test('shares topics of one partition, also with a daemon of before', async () => {
      await onLogs(async (logs, { sink, start }) => {
        const topics = await Promise.all(['a', 'b', 'c', 'd'].map((of) => logs.create(logs.name(of))));
        const older = new kafkajs.Kafka({
          brokers: [...cluster.bootstrap],
          logLevel: kafkajs.logLevel.NOTHING,
        }).consumer({
          groupId: logs.group,
          partitionAssigners: [kafkajs.PartitionAssigners.roundRobin],
        });
        try {
          await older.connect();
          await older.subscribe({ topics, fromBeginning: true });
          const seen: string[] = [];
          await older.run({ eachMessage: async ({ topic }) => void seen.push(topic) });
          start(topics);
          await eventually('both', async () => (await logs.members()) === 2);
          for (const topic of topics) await logs.write(topic, [{ value: `news of ${topic}` }]);
          const ours = () => topics.filter((topic) => sink.has(`news of ${topic}`));
          await eventually('all', () => new Set([...seen, ...ours()]).size === 4);
          expect(ours()).toHaveLength(2);
        } finally {
          await older.disconnect();
        }
      });
    }, 60_000);

    test.each([8, 1])(
      'a topic that is deleted and made anew behind our back is read from its start: %i messages',
      async (count) => {
        await onLogs(async (logs, { sink, start }) => {
          const topic = await logs.create(logs.name('anew'));
          await logs.write(topic, [{ value: 'one' }, { value: 'two' }]);
          // So seldom that it never sees the topic missing.
          start([topic], { lookEveryMs: 600_000 });
          await eventually('committed', async () => (await logs.committed([topic])) === 2);
          sink.shut();
          await logs.write(topic, [{ value: 'three' }]);
          await eventually('it is being read', () => sink.called.length === 2);
          await logs.admin.deleteTopics({ topics: [topic] });
          await eventually('made anew', () =>
            logs.create(topic).then(
              () => true,
              () => false,
            ),
          );
          const news = Array.from({ length: count }, (_, n) => `news ${n}.`);
          await logs.write(
            topic,
            news.map((value) => ({ value })),
          );
          sink.open();
          await eventually('all of it', () => news.every((value) => sink.has(value)));
          await eventually('committed', async () => (await logs.committed([topic])) === count);
          expect(logs.notes).toContain('kafka.anew');
        });
      },
      60_000,
    );

    test.each([
      ['while it reads', true],
      ['while it is away', false],
    ])(
      'what retention took before it was read is told as lost, and the rest is read once: %s',
      async (_, isUp) => {
        await onLogs(async (logs, { sink, facts, start }) => {
          const topic = await logs.create(logs.name('overtaken'));
          await logs.write(topic, [{ value: 'one' }]);
          const before = startReading(logs);
          (isUp ? start : before.start)([topic]);
          await eventually('committed', async () => (await logs.committed([topic])) === 1);
          await before.end();
          sink.shut();
          await logs.write(topic, [{ value: 'two' }]);
          if (isUp) await eventually('it is being read', () => sink.called.length === 2);
          const rest = Array.from({ length: 20 }, (_, n) => ({ value: `rest ${n}.` }));
          // A batch of its own for each: what is deleted is then no part of one that is read.
          for (const one of rest) await logs.write(topic, [one]);
          await logs.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '12' }] });
          sink.open();
          if (!isUp) start([topic]);
          await eventually('committed', async () => (await logs.committed([topic])) === 22);
          const lines = sink.texts().flatMap((text) => text.split('\n').filter((line) => line.startsWith('rest')));
          expect(lines).toEqual(rest.slice(10).map(({ value }) => value));
          expect(facts.of('source.unscanned')).toMatchObject([
            { reason: 'gone', locator: `topic ${topic}, partition 0, offset ${isUp ? 2 : 1} to 11` },
          ]);
          expect(logs.notes).not.toContain('kafka.anew');
        });
      },
      60_000,
    );

    test('while nothing can be made durable the group hears us, and no partition is lost', async () => {
      await onLogs(async (logs, { sink, start }) => {
        const topic = await logs.create(logs.name('away'), { partitions: 6 });
        const one = (partition: number) => ({ partition, value: `from ${partition}` });
        await logs.write(topic, [0, 1, 2, 3, 4, 5].map(one));
        sink.shut();
        start([topic], { sessionTimeoutMs: 1_500 });
        await eventually('an emit', () => sink.called.length >= 4);
        await pause(4_000);
        expect(await logs.committed([topic])).toBe(0);
        // As many at once as are meant to be, not one per partition.
        expect(sink.called.length).toBe(4);
        sink.open();
        await eventually('all', async () => (await logs.committed([topic])) === 6);
        expect(sink.called.length).toBe(6);
        expect(logs.notes.filter((kind) => kind === 'kafka.joined')).toHaveLength(1);
      });
    }, 60_000);

    test.each([
      ['brokers of their own', 'LOG_KAFKA', 'scram-sha-512'],
      ['those of the candidates', 'KAFKA', 'plain'],
    ])(
      'signs in over TLS, at %s, as the settings say',
      async (_, prefix, mechanism) => {
        if (!cluster.secure) return;
        const trusted = getCACertificates('default');
        setDefaultCACertificates([...trusted, await readFile(authority.cert, 'utf8')]);
        try {
          await onLogs(async (logs, { sink, facts, run }) => {
            const topic = await logs.create(logs.name('secure'));
            await logs.write(topic, [{ value: 'over TLS' }]);
            const env = {
              ...{ WORKOS_API_KEY: fresh().secret, LOG_KAFKA_TOPICS: topic, LOG_KAFKA_GROUP: logs.group },
              ...{ SEAL_KEYS: `k1:${fresh().key}`, FINGERPRINT_KEY: fresh().key },
              ...{ LOG_FROM_START: 'true', [`${prefix}_BROKERS`]: cluster.secure ?? '', [`${prefix}_TLS`]: 'true' },
              ...{ [`${prefix}_SASL_MECHANISM`]: mechanism, [`${prefix}_SASL_USERNAME`]: user.username },
            };
            const source = (password: string) => {
              const settings = readConfig({
                env: { ...env, [`${prefix}_SASL_PASSWORD`]: password },
                file: undefined,
                role: 'all',
              });
              return kafkaLogs({
                topics: logTopics(settings, { clock, record: facts.record }),
                clock,
                record: facts.record,
              });
            };
            const wrong = new AbortController();
            const refused = source('wrong').run(sink.emit, wrong.signal);
            await eventually('a word', () => facts.of('fault.raised').length > 0);
            wrong.abort();
            await refused;
            expect(facts.of('fault.raised')).toMatchObject([
              { code: 'source.unreadable', detail: expect.stringContaining('uthentication') },
            ]);
            run(source(user.password));
            await eventually('the message', () => sink.has('over TLS'));
          });
        } finally {
          setDefaultCACertificates(trusted);
        }
      },
      60_000,
    );

    test('a reader that is killed over and over loses nothing', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'keyfuse-logs-'));
      const logs = await openLogs(cluster.bootstrap);
      let child: Killable | undefined;
      const begin = async (topic: string) => {
        child = await startChild('kafka-logs', dir, cluster.bootstrap[0] ?? '', topic, logs.group);
      };
      try {
        const topic = await logs.create(logs.name('killed'), { partitions: 3, packed: 'lz4' });
        const keys: string[] = [];
        let writingOn = true;
        const writing = (async () => {
          while (writingOn) {
            const some = Array.from({ length: 10 }, (_, n) => sample(`killed ${keys.length + n}`, 32));
            await logs.write(
              topic,
              some.map((value) => ({ value })),
            );
            keys.push(...some);
            await pause(20);
          }
        })();
        const emitted = async (): Promise<string> => readFile(join(dir, 'emitted'), 'utf8').catch(() => '');
        for (let kill = 0; kill < 3; kill += 1) {
          const before = (await emitted()).length;
          await begin(topic);
          await eventually('it reads', async () => (await emitted()).length > before);
          await pause(Math.random() * 150);
          await child?.kill();
        }
        writingOn = false;
        await writing;
        await begin(topic);
        await eventually('everything committed', async () => (await logs.committed([topic])) === keys.length);
        const found = await emitted();
        expect(keys.filter((key) => !found.includes(key))).toEqual([]);
      } finally {
        await child?.kill();
        await logs.close();
        await rm(dir, { recursive: true });
      }
    }, 90_000);
  });
}
