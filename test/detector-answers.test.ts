import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { systemClock } from '../src/core/clock.ts';
import type { AnswerExample, Detector } from '../src/core/detector.ts';
import { Fault } from '../src/core/errors.ts';
import type { Issuer } from '../src/core/issuer.ts';
import { fixedSecret } from '../src/core/live-secret.ts';
import { Secret } from '../src/core/secret.ts';
import { createIssuer } from '../src/issuers/road.ts';

const registry = detectors(detectorSettings.parse({}));

describe.each(registry.filter(({ validate }) => validate).map((detector) => [detector.id, detector] as const))(
  '%s',
  (_id, detector) => {
    test('knows what every kind of answer means', () => {
      const rows = (call: AnswerExample['call']) => detector.answers.filter((row) => row.call === call);
      const statuses = new Set(rows('validate').map(({ status }) => status));
      for (const status of [401, 403, 429, 500, 502, 503, 504]) expect(statuses).toContain(status);
      const meanings = new Set(rows('validate').map(({ gives }) => gives));
      for (const gives of ['live', 'dead', 'unknown', 'halt'] as const) expect(meanings).toContain(gives);
      const page = ({ body }: AnswerExample) => typeof body === 'string' && body.startsWith('<');
      expect(rows('validate').some((row) => row.status === 200 && page(row) && row.gives === 'unknown')).toBe(true);
      for (const call of ['revoke', 'expire'] as const) {
        if (!detector[call]) continue;
        const gives = new Set(rows(call).map((row) => row.gives));
        for (const result of ['already-gone', 'refused', 'unknown', 'halt'] as const) expect(gives).toContain(result);
        expect(gives).toContain(call === 'revoke' ? 'deleted' : 'expired');
      }
    });
  },
);

test('a detector that asks nobody has no answers, and can end nothing', () => {
  for (const { id, validate, answers, revoke, expire } of registry) {
    if (!validate) expect([id, answers, revoke, expire]).toEqual([id, [], undefined, undefined]);
  }
});

describe('answers over HTTP', () => {
  const credential = 'our own credential';
  const heard: {
    method: string | undefined;
    url: string | undefined;
    authorization: string | undefined;
    body: string;
  }[] = [];
  let row: AnswerExample = { call: 'validate', status: 500, gives: 'unknown' };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      heard.push({ method, url, authorization: headers.authorization, body: Buffer.concat(pieces).toString() });
      const text = typeof row.body === 'string' || row.body === undefined ? row.body : JSON.stringify(row.body);
      response.writeHead(row.status, { 'content-type': 'application/json', ...row.headers }).end(text);
    });
  });
  const issuerOf = (detector: Detector): Issuer =>
    createIssuer(
      {
        issuer: detector.issuer,
        environment: 'production',
        credential: fixedSecret(new Secret(credential)),
        baseUrl: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
        deadlineMs: 20_000,
        bodyBytes: 65_536,
        perSecond: 1000,
        concurrency: 4,
        patienceMs: 20_000,
      },
      { clock: systemClock, record: async () => undefined },
    );
  beforeAll(() => new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready)));
  afterAll(() => new Promise((done) => server.close(done)));

  const ask = async (detector: Detector, { call }: AnswerExample) => {
    const issuer = issuerOf(detector);
    if (call === 'validate') return detector.validate?.(new Secret(detector.examples().ours[0] ?? ''), issuer);
    return detector[call]?.({ id: 'api_key_01EXAMPLE', environment: 'production' }, issuer);
  };
  const asked = registry.filter(({ validate }) => validate);
  const rows = asked.flatMap((detector) =>
    detector.answers.map((answer) => {
      const text = JSON.stringify(answer.body) ?? 'no body';
      return { detector, answer, name: `${answer.call} ${answer.status} ${text.slice(0, 90)} → ${answer.gives}` };
    }),
  );

  test.each(rows)('$detector.id: $name', async ({ detector, answer }) => {
    row = answer;
    heard.length = 0;
    const outcome = await ask(detector, answer).catch((error: unknown) => error);
    if (answer.gives === 'halt') {
      expect(outcome).toBeInstanceOf(Fault);
      expect(outcome).toMatchObject({ next: 'halt' });
    } else {
      expect(outcome).toMatchObject(answer.call === 'validate' ? { validity: answer.gives } : { result: answer.gives });
    }
    expect(heard.length).toBe(1);
    expect(heard[0]?.authorization).toBe(`Bearer ${credential}`);
    expect(heard[0]?.url).not.toContain(detector.examples().ours[0]);
  });
});
