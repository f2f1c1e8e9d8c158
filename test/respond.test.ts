import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Candidate, incidentOf } from '../src/core/candidate.ts';
import type { Delivery } from '../src/core/delivery.ts';
import type { Detector } from '../src/core/detector.ts';
import { Fault } from '../src/core/errors.ts';
import type { Fact } from '../src/core/facts.ts';
import type { Issuer } from '../src/core/issuer.ts';
import type { Channel, Notice } from '../src/core/notice.ts';
import { sample } from '../src/core/sample.ts';
import { Secret } from '../src/core/secret.ts';
import type { Store } from '../src/core/store.ts';
import type { Revocation, UnknownReason, Verdict } from '../src/core/verdict.ts';
import { createBrake } from '../src/respond/brake.ts';
import type { Desk } from '../src/respond/desk.ts';
import { createLedger } from '../src/respond/ledger.ts';
import { createNotifier } from '../src/respond/notify.ts';
import { createPolicy, type PolicySettings } from '../src/respond/policy.ts';
import { createResponder } from '../src/respond/responder.ts';
import { openStore } from '../src/store.ts';

const LIVE: Verdict = {
  validity: 'live',
  handle: { id: 'api_key_1', environment: 'production' },
  evidence: { name: 'ci', owner: { type: 'user', id: 'user_1', organization: 'org_1' }, lastUsedAt: null },
};
const DEAD: Verdict = { validity: 'dead' };
const unknown = (reason: UnknownReason, retryAfterMs?: number): Verdict => ({
  ...{ validity: 'unknown', reason },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const REFUSED_US = new Fault('issuer.credential-refused', 'workos, environment production');

interface Script {
  /** Answers to validations, in order; the last one stays. */
  readonly verdicts?: readonly (Verdict | Fault)[];
  /** The same for a second environment, when there is one. */
  readonly second?: readonly (Verdict | Fault)[];
  readonly revocations?: readonly (Revocation | Fault)[];
  readonly policy?: Partial<PolicySettings>;
  readonly brake?: number;
  readonly detector?: Partial<Detector>;
  readonly ours?: string;
  /** The fact that the journal does not take; later than the facts after it. */
  readonly unsaid?: Fact['type'];
  /** Beside the usual ones. */
  readonly channels?: readonly Channel[];
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const freshStore = async (): Promise<Store> => {
  const dir = await mkdtemp(join(tmpdir(), 'keyfuse-respond-'));
  const store = openStore(join(dir, 'keyfuse.db'));
  closers.push(
    () => rm(dir, { recursive: true }),
    () => store.close(),
  );
  return store;
};

const fingerprint = (name: string) => sample(`fp ${name}`, 64, '0123456789abcdef');

const candidate = (name = 'a', receivedAt = 1_000_000): Candidate => ({
  ...{ detector: 'test-key', secret: new Secret(sample(name, 40)), fingerprint: fingerprint(name) },
  origin: { source: 'github-webhook', locator: 'octo/repo@abc:.env', receivedAt, mode: 'live' },
  ...{ via: [], offset: 0, length: 40 },
});

const next = <T>(answers: readonly (T | Fault)[]): (() => Promise<T>) => {
  const left = [...answers];
  return async () => {
    const answer = left.length > 1 ? left.shift() : left[0];
    if (answer === undefined) throw new Error('asked, but no answer was scripted');
    if (answer instanceof Fault) throw answer;
    return answer;
  };
};

const office = async (script: Script, store?: Store, now = 1_000_500) => {
  const calls: string[] = [];
  const facts: Fact[] = [];
  const clock = { now: () => time.now, monotonic: () => time.now, sleep: async () => undefined };
  const time = { now };
  const answers = { production: next(script.verdicts ?? []), staging: next(script.second ?? []) };
  const revoke = next(script.revocations ?? []);
  const detector: Detector = {
    ...{ id: 'test-key', issuer: 'workos', docs: 'https://example.invalid', keywords: ['k'], pattern: /(?<secret>k)/ },
    ...{ examples: () => ({ ours: [], not: [] }), answers: [] },
    async validate(_, issuer) {
      await issuer.ask('validate', async () => calls.push(`validate ${issuer.environment}`));
      return answers[issuer.environment === 'staging' ? 'staging' : 'production']();
    },
    async revoke({ id }) {
      calls.push(`delete ${id}`);
      return revoke();
    },
    async expire({ id }) {
      calls.push(`expire ${id}`);
      return revoke();
    },
    ...script.detector,
  };
  const issuer = (environment: string): Issuer => ({
    environment,
    async ask(operation, call) {
      if (operation === 'prove') calls.push('prove:');
      await call({ baseUrl: new URL('http://127.0.0.1'), fetch });
      return { silence: 'unreachable' };
    },
  });
  const kept = store ?? (await freshStore());
  const told: Notice[] = [];
  const keeper: Channel = { note: (notice) => () => void told.push(notice), run: async () => undefined };
  const ledger = createLedger(kept, clock);
  const record = async (fact: Fact) => {
    facts.push(fact);
    if ('fingerprint' in fact || fact.type.startsWith('brake') || fact.type.startsWith('responder'))
      calls.push(fact.type);
    if (fact.type !== script.unsaid) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
    throw new Fault('journal.blocked', 'no space');
  };
  const desk: Desk = {
    environments: (name) =>
      name === 'nobody' ? [] : script.second ? [issuer('production'), issuer('staging')] : [issuer('production')],
    ours: (secret) => secret.expose() === script.ours,
    policy: createPolicy({ mode: 'delete', rules: [], canaries: [], allow: [], ...script.policy }),
    brake: createBrake({ deletions: script.brake ?? 100, windowSeconds: 60 }, { ledger, clock, record }),
    ...{ ledger, record, clock, search: 'plain' },
    channels: [
      createNotifier({ url: new URL('http://127.0.0.1:9') }, { store: kept, clock, record }),
      keeper,
      ...(script.channels ?? []),
    ],
  };
  const responder = createResponder(desk, (id) => (id === detector.id ? detector : undefined));
  const deal = (subject: Candidate, over: Partial<Delivery> = {}) =>
    responder.deal(subject, {
      id: 'm1',
      key: subject.fingerprint,
      value: new Uint8Array(),
      attempt: 1,
      publishedAt: 0,
      ...over,
    });
  const notices = () =>
    kept
      .read((sql) => sql.all("select id from outbox where box = 'notices'"))
      .map((row) => String(row['id']).split(' ')[1])
      .toSorted();
  return { deal, calls, facts, ledger, notices, told, time, store: kept, responder };
};

const FULL = ['key.judged', 'key.decided', 'revocation.intended'];
const ASK = 'validate production';
const DONE = { next: 'done' };

describe('the story: verdict × decision × answers → outcome, deal and calls in order', () => {
  const rows: [name: string, script: Script, outcome: string, deal: object, calls: readonly string[]][] = [
    [
      'a live key is deleted and proved dead',
      { verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }] },
      ...([
        'revoked',
        DONE,
        [ASK, ...FULL, 'delete api_key_1', 'revocation.answered', 'prove:', ASK, 'revocation.proved'],
      ] as const),
    ],
    ['a dead key costs one question', { verdicts: [DEAD] }, 'dead', DONE, [ASK, 'key.judged']],
    [
      'silence is not death',
      { verdicts: [unknown('timeout')] },
      ...(['unknown', { next: 'retry', reason: 'unknown' }, [ASK, 'key.judged']] as const),
    ],
    [
      'throttled: comes again when the issuer wants',
      { verdicts: [unknown('throttled', 7000)] },
      ...(['unknown', { next: 'retry', reason: 'unknown', afterMs: 7000 }, [ASK, 'key.judged']] as const),
    ],
    [
      'a 204 that lied is told, and tried again',
      { verdicts: [LIVE, LIVE], revocations: [{ result: 'deleted' }] },
      ...([
        'still-live',
        { next: 'retry', reason: 'still-live' },
        [ASK, ...FULL, 'delete api_key_1', 'revocation.answered', 'prove:', ASK, 'revocation.proved'],
      ] as const),
    ],
    [
      'no proof: tried again',
      { verdicts: [LIVE, unknown('server-error')], revocations: [{ result: 'deleted' }] },
      ...([
        'unproved',
        { next: 'retry', reason: 'unproved' },
        [ASK, ...FULL, 'delete api_key_1', 'revocation.answered', 'prove:', ASK, 'revocation.proved'],
      ] as const),
    ],
    [
      'a lost answer may hide a deletion: the proof decides',
      { verdicts: [LIVE, DEAD], revocations: [{ result: 'unknown', reason: 'unreachable' }] },
      ...([
        'revoked',
        DONE,
        [ASK, ...FULL, 'delete api_key_1', 'revocation.answered', 'prove:', ASK, 'revocation.proved'],
      ] as const),
    ],
    [
      'gone before us',
      { verdicts: [LIVE, DEAD], revocations: [{ result: 'already-gone' }] },
      ...([
        'already-gone',
        DONE,
        [ASK, ...FULL, 'delete api_key_1', 'revocation.answered', 'prove:', ASK, 'revocation.proved'],
      ] as const),
    ],
    [
      'a refused deletion needs a person',
      { verdicts: [LIVE], revocations: [{ result: 'refused' }] },
      ...(['refused', DONE, [ASK, ...FULL, 'delete api_key_1', 'revocation.answered']] as const),
    ],
    ['hold', { verdicts: [LIVE], policy: { mode: 'hold' } }, 'held', DONE, [ASK, 'key.judged', 'key.decided']],
    ['watch', { verdicts: [LIVE], policy: { mode: 'watch' } }, 'watched', DONE, [ASK, 'key.judged', 'key.decided']],
    [
      'expire instead of delete',
      { verdicts: [LIVE, DEAD], revocations: [{ result: 'expired' }], policy: { mode: 'expire' } },
      ...([
        'revoked',
        DONE,
        [ASK, ...FULL, 'expire api_key_1', 'revocation.answered', 'prove:', ASK, 'revocation.proved'],
      ] as const),
    ],
    [
      'a rule for an owner goes before the mode',
      { verdicts: [LIVE], policy: { rules: [{ owner: 'org_1', decision: 'hold' }] } },
      ...(['held', DONE, [ASK, 'key.judged', 'key.decided']] as const),
    ],
    ...(['keyId', 'owner'] as const).map((by): [string, Script, string, object, readonly string[]] => [
      `a canary by ${by} is never deleted`,
      {
        verdicts: [LIVE],
        policy: { canaries: [{ [by]: by === 'owner' ? 'user_1' : 'api_key_1', reason: 'canary', expires: 9e15 }] },
      },
      ...(['held', DONE, [ASK, 'key.judged', 'key.decided']] as const),
    ]),
    [
      'a canary by fingerprint is not even asked about',
      { policy: { canaries: [{ fingerprint: fingerprint('a'), reason: 'canary', expires: 9e15 }] } },
      ...(['held', DONE, []] as const),
    ],
    [
      'an allowed key neither alarms nor dies',
      { policy: { allow: [{ fingerprint: fingerprint('a'), reason: 'docs', expires: 9e15 }] } },
      ...(['watched', DONE, []] as const),
    ],
    [
      'an entry that has expired protects nothing',
      { verdicts: [DEAD], policy: { allow: [{ fingerprint: fingerprint('a'), reason: 'docs', expires: 1 }] } },
      ...(['dead', DONE, [ASK, 'key.judged']] as const),
    ],
    ['another issuer’s key is never sent', { detector: { foreign: [/./] } }, 'watched', DONE, []],
    ['our own credential is never sent', { ours: sample('a', 40) }, 'held', DONE, []],
    [
      'two environments: dead needs both',
      { verdicts: [DEAD], second: [unknown('timeout')] },
      ...(['unknown', { next: 'retry', reason: 'unknown' }, [ASK, 'validate staging', 'key.judged']] as const),
    ],
    [
      'two environments: live in either is live',
      { verdicts: [LIVE, DEAD], second: [DEAD], revocations: [{ result: 'deleted' }] },
      ...([
        'revoked',
        DONE,
        [
          ASK,
          'validate staging',
          ...FULL,
          'delete api_key_1',
          'revocation.answered',
          'prove:',
          ASK,
          'revocation.proved',
        ],
      ] as const),
    ],
    [
      'two environments: a refused credential beside it does not save a live key',
      { verdicts: [LIVE, DEAD], second: [REFUSED_US], revocations: [{ result: 'deleted' }] },
      ...([
        'revoked',
        DONE,
        [
          ASK,
          'validate staging',
          ...FULL,
          'delete api_key_1',
          'revocation.answered',
          'prove:',
          ASK,
          'revocation.proved',
        ],
      ] as const),
    ],
  ];

  test.each(rows)('%s', async (...row) => {
    const [, script, outcome, deal, expected] = row;
    const { calls, ledger, ...desk } = await office(script);
    expect(await desk.deal(candidate())).toEqual(deal);
    const ended = outcome === 'unknown' ? [] : ['incident.ended'];
    expect(calls).toEqual([...expected, ...ended]);
    expect(ledger.find(fingerprint('a'))?.outcome).toBe(outcome);
    const settled = outcome !== 'unknown' && outcome !== 'still-live' && outcome !== 'unproved';
    expect([...ledger.tally.counts()]).toEqual(settled ? [[outcome, 1]] : []);
  });

  test('detectors without a validation: critical ones wait for a person, others are only seen', async () => {
    const without = (critical: boolean): Script => ({
      detector: { critical, validate: undefined } as unknown as Partial<Detector>,
    });
    const critical = await office(without(true));
    await critical.deal(candidate());
    expect(critical.ledger.find(fingerprint('a'))).toMatchObject({ outcome: 'held', why: 'critical' });
    expect(critical.notices()).toEqual(['held']);
    const ours = await office({ ...without(true), ours: sample('a', 40) });
    await ours.deal(candidate());
    expect(ours.ledger.find(fingerprint('a'))).toMatchObject({ outcome: 'held', why: 'own-credential' });
    const other = await office(without(false));
    await other.deal(candidate());
    expect(other.ledger.find(fingerprint('a'))).toMatchObject({ outcome: 'watched', why: 'no-validation' });
    expect(other.notices()).toEqual([]);
  });

  test('the first answer is kept as evidence, and the times are told', async () => {
    const { deal, ledger, facts, notices } = await office({
      verdicts: [LIVE, DEAD],
      revocations: [{ result: 'deleted' }],
    });
    await deal(candidate());
    expect(ledger.find(fingerprint('a'))).toMatchObject({ evidence: { name: 'ci', lastUsedAt: null }, sightings: 1 });
    expect(facts.at(-1)).toMatchObject({ type: 'incident.ended', seconds: { leakToDead: 0.5 } });
    expect(notices()).toEqual(['revoked']);
  });
});

describe('each sighting of a key that is proved dead is told to every channel', () => {
  const dies = { verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' as const }] };
  const at = (alert: number): Candidate => ({
    ...candidate(),
    origin: { ...candidate().origin, github: { repo: 'acme/app', alert } },
  });

  test('with its place, once per message; the webhook tells of the outcome once', async () => {
    const { deal, told, notices } = await office(dies);
    await deal(at(1), { id: 'm1' });
    await deal(at(2), { id: 'm2' });
    await deal(at(2), { id: 'm2' });
    const seen = told.map(({ found, again, outcome, key }) => [found.github?.alert, again, outcome, key?.id]);
    expect(seen).toEqual([
      [1, undefined, 'revoked', 'api_key_1'],
      [2, true, 'revoked', 'api_key_1'],
    ]);
    expect(JSON.stringify(told)).not.toContain(sample('a', 40));
    expect(notices()).toEqual(['revoked']);
  });

  test('a channel that cannot write it down keeps the sighting from being settled', async () => {
    const { deal, store, ledger } = await office(dies);
    await deal(at(1), { id: 'm1' });
    const broken: Channel = {
      note: () => () => {
        throw new Error('planted');
      },
      run: async () => undefined,
    };
    const again = await office({ channels: [broken] }, store);
    await expect(again.deal(at(2), { id: 'm2' })).rejects.toThrow('planted');
    expect(ledger.tally.counts().get('revoked')).toBe(1);
  });

  test.each<[string, Script]>([
    ['dead', { verdicts: [DEAD] }],
    ['held', { verdicts: [LIVE], policy: { mode: 'hold' } }],
    ['watched', { verdicts: [LIVE], policy: { mode: 'watch' } }],
  ])('nothing of the kind when it is %s', async (outcome, script) => {
    const { deal, told, ledger } = await office(script);
    for (const id of ['m1', 'm2', 'm3']) await deal(at(1), { id });
    expect(ledger.find(fingerprint('a'))).toMatchObject({ outcome, sightings: 3 });
    expect(told.filter(({ again }) => again)).toEqual([]);
  });
});

test('a key that is held or watched is known by its id and owner, with the first evidence', async () => {
  const used: Verdict = { ...LIVE, evidence: { ...LIVE.evidence, lastUsedAt: 'just now, by our own question' } };
  const first = await office({ verdicts: [LIVE], policy: { mode: 'watch' } });
  await first.deal(candidate());
  expect(first.ledger.find(fingerprint('a'))).toMatchObject({
    handle: { id: 'api_key_1' },
    evidence: { lastUsedAt: null },
  });
  const later = await office(
    { verdicts: [used, DEAD], revocations: [{ result: 'deleted' }] },
    first.store,
    first.time.now + 5000,
  );
  await later.deal(candidate(), { id: 'm2' });
  expect(later.ledger.find(fingerprint('a'))).toMatchObject({ outcome: 'revoked', evidence: { lastUsedAt: null } });
  const bodies = later.store
    .read((sql) => sql.all('select body from outbox'))
    .map((row) => JSON.parse(String(row['body'])));
  expect(bodies.map(({ key }) => key.lastUsedAt)).toEqual([null, null]);
  // How far it reached stands in what people are told, and in what is recorded when it is judged.
  expect(bodies.map(({ severity, text }) => [severity, /Its reach: high: .*never used/.test(text)])).toEqual([
    ['high', true],
    ['high', true],
  ]);
  expect(first.facts.find(({ type }) => type === 'key.judged')).toMatchObject({ severity: 'high' });
});

describe('halts, repeats and crashes', () => {
  test('a refused credential halts, keeps the message, says so once, and goes on when it is mended', async () => {
    const { deal, calls, ledger } = await office({ verdicts: [REFUSED_US, REFUSED_US, DEAD] });
    const halt = { next: 'halt', reason: 'issuer.credential-refused' };
    expect(await deal(candidate())).toEqual(halt);
    expect(await deal(candidate())).toEqual(halt);
    expect(ledger.find(fingerprint('a'))).toBeUndefined();
    expect(await deal(candidate())).toEqual(DONE);
    expect(calls.filter((call) => call.startsWith('responder'))).toEqual(['responder.halted', 'responder.resumed']);
  });

  test.each<[unsaid: Fact['type'], deletions: number]>([
    ['key.judged', 0],
    ['key.decided', 0],
    ['revocation.intended', 0],
    ['revocation.answered', 1],
    ['revocation.proved', 1],
    ['incident.ended', 1],
  ])('a journal that does not take %s halts; %i deletions, and no end', async (unsaid, deletions) => {
    const { deal, calls, ledger, notices } = await office({
      ...{ verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }], unsaid },
    });
    expect(await deal(candidate())).toEqual({ next: 'halt', reason: 'journal.blocked' });
    expect(calls.filter((call) => call.startsWith('delete'))).toHaveLength(deletions);
    expect(ledger.find(fingerprint('a'))?.outcome).toBeUndefined();
    expect(notices()).toEqual([]);
  });

  test('a thousand sightings of one key cost one validation; each message is counted once', async () => {
    const { deal, calls, ledger } = await office({ verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }] });
    for (let at = 0; at < 1000; at += 1) await deal({ ...candidate(), times: 3 }, { id: `m${at % 500}` });
    expect(calls.filter((call) => call === ASK)).toHaveLength(2); // the verdict and the proof
    expect(ledger.tally.counts().get('revoked')).toBe(500);
    expect(ledger.find(fingerprint('a'))).toMatchObject({ sightings: 1500, messages: 500 });
  });

  test('a key in a log is told with what finds its other copies: a part of it only once it is dead', async () => {
    const fromLog = (name: string): Candidate => {
      const { origin, ...rest } = candidate(name);
      return { ...rest, origin: { ...origin, source: 'syslog', log: { service: 'shop' } } };
    };
    const { deal, told, ledger } = await office({ verdicts: [LIVE], policy: { mode: 'watch' } });
    await deal(fromLog('a'));
    const watched = { preview: expect.stringMatching(/^.{3}….{4}$/), service: 'shop' };
    const key = sample('a', 40);
    const searched = (length: number, end = '') =>
      expect.stringMatching(`^"${key.slice(0, length)}"${end} service=shop `);
    // Of a key that lives a little is told: its end narrows the search.
    expect(told[0]?.redact).toMatchObject({ ...watched, query: searched(3, ` "${key.slice(-4)}"`) });
    expect(ledger.find(fingerprint('a'))?.redact).toEqual(told[0]?.redact);
    const second = await office({ verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }] });
    await second.deal(fromLog('a'));
    await second.deal(candidate(), { id: 'm2' });
    const [died, seen] = second.told;
    expect(died?.redact).toMatchObject({ ...watched, query: searched(10) });
    expect(seen).toMatchObject({ again: true });
    expect(seen?.redact).toBeUndefined();
    expect(second.ledger.find(fingerprint('a'))?.redact).toEqual(second.told[0]?.redact);
  });

  test('a message is remembered as long as the topic may bring it again', async () => {
    const { deal, ledger, store } = await office({ verdicts: [DEAD] });
    for (let at = 0; at < 1200; at += 1) await deal(candidate(), { id: `m${at}` });
    const kept = () => store.read((sql) => sql.all('select message from settled')).map(({ message }) => message);
    await ledger.tally.prune();
    expect(kept()).toHaveLength(1200);
    await ledger.tally.prune((messages) => messages.filter((message) => message !== 'm7'));
    expect(kept()).toEqual(['m7']);
    await deal(candidate(), { id: 'm7' });
    expect(ledger.tally.counts().get('dead')).toBe(1200);
  });

  test('during an outage another sighting waits instead of asking again at once', async () => {
    const { deal, calls, time } = await office({ verdicts: [unknown('timeout')] });
    await deal(candidate());
    expect(await deal(candidate(), { id: 'm2' })).toMatchObject({ next: 'retry', afterMs: 900 });
    expect(calls.filter((call) => call === ASK)).toHaveLength(1);
    time.now += 1000;
    await deal(candidate(), { id: 'm2', attempt: 2 });
    expect(calls.filter((call) => call === ASK)).toHaveLength(2);
  });

  test('after a crash between intent and proof a dead key counts as revoked', async () => {
    const { store } = await office({});
    const first = await office(
      { verdicts: [LIVE], revocations: [new Fault('store.failed', 'the lights went out')] },
      store,
    );
    await expect(first.deal(candidate())).rejects.toThrow('the lights went out');
    const again = await office({ verdicts: [DEAD] }, store);
    expect(await again.deal(candidate(), { attempt: 2 })).toEqual(DONE);
    expect(again.ledger.find(fingerprint('a'))).toMatchObject({ outcome: 'revoked', handle: { id: 'api_key_1' } });
    expect([...again.ledger.tally.counts()]).toEqual([['revoked', 1]]);
    expect(again.ledger.unrevoked()).toEqual([]);
  });

  test('what is gone at the second try is gone by our first, though the issuer called it live once more', async () => {
    const { deal, told } = await office({
      verdicts: [LIVE, LIVE, LIVE, DEAD],
      revocations: [{ result: 'deleted' }, { result: 'already-gone' }],
    });
    expect(await deal(candidate())).toMatchObject({ reason: 'still-live' });
    expect(await deal(candidate(), { attempt: 2 })).toEqual(DONE);
    expect(told.at(-1)).toMatchObject({ outcome: 'revoked' });
  });

  test('what we were refused to delete, and is gone later, is gone by somebody else', async () => {
    const script: Script = { verdicts: [LIVE], revocations: [{ result: 'refused' }] };
    const first = await office(script);
    expect(await first.deal(candidate())).toEqual(DONE);
    const again = await office(
      { verdicts: [LIVE, DEAD], revocations: [{ result: 'already-gone' }] },
      first.store,
      first.time.now + 3_600_000,
    );
    expect(await again.deal(candidate(), { id: 'm2' })).toEqual(DONE);
    expect(again.ledger.find(fingerprint('a'))).toMatchObject({ outcome: 'already-gone' });
  });

  test('when the environment that called it live is asked no more, what the others say proves nothing', async () => {
    const first = await office({
      verdicts: [DEAD],
      second: [{ ...LIVE, handle: { id: 'api_key_1', environment: 'staging' } }],
      revocations: [{ result: 'unknown', reason: 'server-error' }],
    });
    expect(await first.deal(candidate())).toMatchObject({ reason: 'still-live' });
    const again = await office({ verdicts: [DEAD] }, first.store, first.time.now + 5000);
    expect(await again.deal(candidate(), { attempt: 2 })).toMatchObject({ next: 'retry', reason: 'unproved' });
    expect(again.ledger.unrevoked()).toHaveLength(1);
  });

  test.each<[string, Revocation, Verdict, RegExp]>([
    [
      'a deletion that nobody confirmed',
      { result: 'unknown', reason: 'server-error' },
      unknown('server-error'),
      /MAY STILL BE LIVE/,
    ],
    [
      'a key that is live though its deletion failed',
      { result: 'unknown', reason: 'timeout' },
      LIVE,
      /MAY STILL BE LIVE/,
    ],
    ['a deletion that is confirmed but not proved', { result: 'deleted' }, unknown('timeout'), /was deleted/],
    ['a 204 that lied', { result: 'deleted' }, LIVE, /STILL LIVE although/],
  ])('the notice claims no more than is known: %s', async (...[, revocation, proof, words]) => {
    const { deal, store } = await office({ verdicts: [LIVE, proof], revocations: [revocation] });
    await deal(candidate());
    const [row] = store.read((sql) => sql.all('select body from outbox'));
    expect(JSON.parse(String(row?.['body'])).text).toMatch(words);
  });

  test('an outcome short of proved death is asked anew after a restart: settings may have changed', async () => {
    const first = await office({ verdicts: [DEAD] });
    await first.deal(candidate());
    await first.deal(candidate(), { id: 'm2' });
    expect(first.calls.filter((call) => call === ASK)).toHaveLength(1);
    const later = await office(
      { verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }] },
      first.store,
      first.time.now + 1000,
    );
    await later.deal(candidate(), { id: 'm3' });
    expect(later.ledger.find(fingerprint('a'))?.outcome).toBe('revoked');
    await later.deal(candidate(), { id: 'm4' });
    expect(later.calls.filter((call) => call.startsWith('delete'))).toHaveLength(1);
  });

  test('keys that were to die and did not are known by number and age', async () => {
    const { deal, ledger } = await office({ verdicts: [LIVE], revocations: [{ result: 'refused' }] });
    await deal(candidate());
    expect(ledger.unrevoked()).toEqual([{ issuer: 'workos', keys: 1, oldest: 1_000_500 }]);
  });

  test('an unknown detector is parked', async () => {
    const { deal } = await office({});
    expect(await deal({ ...candidate(), detector: 'other' })).toEqual({ next: 'park', reason: 'unknown-detector' });
  });
});

describe('the brake', () => {
  test('holds what comes too fast, tells once, and lets go as the window moves on', async () => {
    const script: Script = {
      verdicts: [LIVE, DEAD, LIVE, DEAD, LIVE, LIVE, LIVE, DEAD],
      revocations: [{ result: 'deleted' }],
      brake: 2,
    };
    const { deal, ledger, calls, time, notices } = await office(script);
    await deal(candidate('a'));
    await deal(candidate('b'), { id: 'm2' });
    const held = { next: 'retry', reason: 'held', free: true };
    expect(await deal(candidate('c'), { id: 'm3' })).toEqual({ ...held, afterMs: 63_000 });
    expect(ledger.unrevoked()).toEqual([{ issuer: 'workos', keys: 1, oldest: 1_000_500 }]);
    time.now += 2000;
    expect(await deal(candidate('c'), { id: 'm3' })).toEqual({ ...held, afterMs: 61_000 });
    expect(ledger.find(fingerprint('c'))).toMatchObject({ outcome: 'held', why: 'brake' });
    expect(ledger.tally.counts().get('held')).toBeUndefined();
    time.now += 60_000;
    expect(await deal(candidate('c'), { id: 'm3' })).toEqual(DONE);
    expect(ledger.find(fingerprint('c'))?.outcome).toBe('revoked');
    expect(ledger.unrevoked()).toEqual([]);
    expect(calls.filter((call) => call.startsWith('brake'))).toEqual(['brake.engaged', 'brake.released']);
    expect(notices()).toEqual(['held', 'revoked', 'revoked', 'revoked']);
  });

  test('a held key stays a live one while its issuer is silent, and no more when it is found dead', async () => {
    const verdicts = [LIVE, DEAD, LIVE, unknown('throttled'), DEAD];
    const { deal, ledger, time, calls } = await office({ verdicts, revocations: [{ result: 'deleted' }], brake: 1 });
    await deal(candidate('a'));
    await deal(candidate('b'), { id: 'm2' });
    time.now += 10_000;
    expect(await deal(candidate('b'), { id: 'm2' })).toEqual({ next: 'retry', reason: 'unknown' });
    expect(ledger.unrevoked()).toMatchObject([{ keys: 1 }]);
    time.now += 1_000;
    expect(await deal(candidate('b'), { id: 'm2', attempt: 2 })).toEqual(DONE);
    expect(ledger.unrevoked()).toEqual([]);
    expect(ledger.find(fingerprint('b'))?.outcome).toBe('dead');
    expect(calls.filter((call) => call.startsWith('brake'))).toEqual(['brake.engaged', 'brake.released']);
  });

  test('remembers through a restart', async () => {
    const script: Script = { verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }], brake: 1 };
    const first = await office(script);
    await first.deal(candidate('a'));
    const again = await office({ ...script, verdicts: [LIVE] }, first.store);
    expect(await again.deal(candidate('b'), { id: 'm2' })).toMatchObject({ next: 'retry', reason: 'held' });
  });

  test('a key that was granted before passes again', async () => {
    const script: Script = { verdicts: [LIVE, LIVE, LIVE, DEAD], revocations: [{ result: 'deleted' }], brake: 1 };
    const { deal, time } = await office(script);
    expect(await deal(candidate('a'))).toMatchObject({ reason: 'still-live' });
    time.now += 1000;
    expect(await deal(candidate('a'), { attempt: 2 })).toEqual(DONE);
  });
});

test('no environment to ask is not death', async () => {
  const { deal } = await office({ detector: { issuer: 'nobody' } });
  expect(await deal(candidate())).toMatchObject({ next: 'retry', reason: 'unknown' });
});

test('an incident has one public name', () => {
  expect(incidentOf(fingerprint('a'))).toMatch(/^inc_[0-9a-f]{16}$/);
});

test('a notice that cannot be written down undoes no end, and the others are written', async () => {
  const store = await freshStore();
  const broken: Channel = {
    note: () => () => {
      throw new Fault('secret.expired', 'topic.sealKeys');
    },
    run: async () => undefined,
  };
  const { deal, ledger, facts } = await office(
    { verdicts: [LIVE, DEAD], revocations: [{ result: 'deleted' }], channels: [broken] },
    store,
  );
  expect(await deal(candidate())).toEqual({ next: 'done' });
  expect(ledger.find(fingerprint('a'))?.outcome).toBe('revoked');
  expect(facts.filter(({ type }) => type === 'fault.raised')).toMatchObject([{ code: 'secret.expired' }]);
});
