import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type HttpLogs, key, startHttpLogs } from './support/http-logs.ts';

let logs: HttpLogs;
beforeEach(async () => {
  logs = await startHttpLogs();
});
afterEach(() => logs.close());

describe("Heroku's drains", () => {
  const counted = (message: string): string => `${Buffer.byteLength(message)} ${message}`;
  const said = (program: string, text: string): string =>
    `<40>1 2012-11-30T06:45:29+00:00 host ${program} web.3 - ${text}`;
  const given = (body: string) =>
    logs.ask('/logs', { headers: { 'content-type': 'application/logplex-1', 'logplex-msg-count': '3' }, body });

  test('a key at the end of a message is found, whatever the count behind it, and told by its message', async () => {
    const keys = Array.from({ length: 200 }, (_, i) => key(`drain ${i}`));
    const texts = keys.map((one, i) => said(`app-${i}`, `${'ü'.repeat(i)} ${one}`));
    expect((await given(texts.map(counted).join(''))).status).toBe(200);
    expect(logs.keys()).toEqual(keys);
    expect(logs.hits().map(({ origin }) => origin.log?.service)).toEqual(keys.map((_, i) => `app-${i}`));
  });

  test('so are those of long and of broken bodies, to their last byte', async () => {
    const long = counted(said('app', `${'w '.repeat(400_000)}${key('long')}`));
    expect((await given(`${long}${counted(said('app', key('behind it')))}`)).status).toBe(200);
    const broken = `${counted(said('app', key('before')))}no count\n${key('behind')}\n${counted(said('app', key('line')))}`;
    expect((await given(broken)).status).toBe(200);
    expect((await given(`${counted(said('app', key('last')))}100`)).status).toBe(200);
    expect((await given('1')).status).toBe(200);
    const names = ['long', 'behind it', 'before', 'behind', 'line', 'last'];
    expect(logs.keys()).toEqual(names.map(key));
  });
});
