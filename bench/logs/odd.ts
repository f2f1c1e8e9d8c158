import { closeSync, mkdtempSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { freePort } from '../../test/support/agents.ts';
import { startSources } from './child.ts';
import { makeKey, type Rate } from './measures.ts';
import { postAll, streamTo } from './senders.ts';

/** What no service writes, 1 MiB of each. */
const fillers = {
  'empty lines': Buffer.alloc(2 ** 20, '\n'),
  NULs: Buffer.alloc(2 ** 20),
  'invalid UTF-8': Buffer.alloc(2 ** 20, Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0])),
} as const;

/** So many MiB of something odd, by each way, with a key behind it. Errors: the key is not found in time. */
export const measureOdd = async (mib: number): Promise<readonly Rate[]> => {
  const rates: Rate[] = [];
  for (const [kind, filler] of Object.entries(fillers))
    for (const [way, send] of Object.entries(ways)) {
      const { cpu, peakMb } = await send(filler, mib);
      const megabytes = (mib * filler.length) / 1e6;
      rates.push({ way: `${kind}, ${way}`, megabytes, lines: kind === 'empty lines' ? mib * 2 ** 20 : 0, cpu, peakMb });
    }
  return rates;
};

type Send = (filler: Buffer, mib: number) => Promise<Pick<Rate, 'cpu' | 'peakMb'>>;

const last = (): Buffer => Buffer.from(`\ntoken=${makeKey()}\n`);
/** A body is 64 MiB at most, packed or not. */
const BODY_MIB = 60;

const post = async (filler: Buffer, mib: number, pack = (body: Buffer) => body) => {
  await using sources = await startSources({});
  await sources.ask('begin');
  const body = pack(Buffer.concat(Array(BODY_MIB).fill(filler)));
  const headers = { 'content-type': 'text/plain', ...(pack === gzip && { 'content-encoding': 'gzip' }) };
  const bodies = [...Array(Math.ceil(mib / BODY_MIB)).fill(body), pack(last())];
  await postAll(`${sources.ingressUrl}/logs`, bodies, headers);
  return await sources.until(1);
};
const gzip = (body: Buffer): Buffer => gzipSync(body);

const ways: Readonly<Record<string, Send>> = {
  async 'a file'(filler, mib) {
    const dir = mkdtempSync(join(tmpdir(), 'keyfuse-bench-'));
    try {
      await using sources = await startSources({ LOG_FILES: join(dir, '*.log') });
      const handle = openSync(join(dir, 'app.part'), 'w');
      for (let n = 0; n < mib; n += 1) writeSync(handle, filler);
      writeSync(handle, last());
      closeSync(handle);
      await sources.ask('begin');
      renameSync(join(dir, 'app.part'), join(dir, 'app.log'));
      return await sources.until(1);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
  async 'syslog over TCP'(filler, mib) {
    const port = await freePort();
    await using sources = await startSources({ SYSLOG_TCP: `127.0.0.1:${port}` });
    await sources.ask('begin');
    await streamTo(port, [...Array(mib).fill(filler), last()]);
    return await sources.until(1);
  },
  'POST /logs': post,
  'POST /logs, gzip': (filler, mib) => post(filler, mib, gzip),
};
