import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { systemClock } from '../src/core/clock.ts';
import type { Fact } from '../src/core/facts.ts';
import { createHttp, type Http } from '../src/ops/http.ts';
import type { Metrics } from '../src/record/metrics.ts';
import { createRecord } from '../src/record/record.ts';
import { eventually } from './support/eventually.ts';
import { facts } from './support/facts.ts';
import { testMetrics } from './support/journal.ts';
import { queries, rules, rulesFolder, suiteWithPrometheus } from './support/prometheus.ts';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

/** A daemon's numbers in a bad hour. */
const troubled = (metrics: Metrics): void => {
  const long = Date.now() / 1000 - 3600;
  metrics.set('keyfuse_live_keys_unrevoked', 1, { issuer: 'workos' });
  metrics.set('keyfuse_oldest_live_unrevoked_timestamp_seconds', long);
  metrics.set('keyfuse_oldest_unprocessed_timestamp_seconds', long);
  metrics.set('keyfuse_ledger', 3, { state: 'accepted' });
};

suiteWithPrometheus('a real Prometheus', () => {
  let home = '';
  let http: Http | undefined;
  let server: ChildProcess | undefined;
  let api = '';

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'keyfuse-'));
    const metrics = testMetrics();
    troubled(metrics);
    const record = createRecord({ log: { write: () => undefined }, metrics, clock: systemClock });
    const any = {
      host: '127.0.0.1',
      port: 0,
      opsHost: '127.0.0.1',
      opsPort: 0,
      version: '0.0.0',
      mode: 'watch',
    } as const;
    http = createHttp({ ...any, ready: () => [], scrape: metrics.scrape });
    const { opsUrl } = await http.listen();
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(rulesFolder, 'rules.yml')],
      scrape_configs: [{ job_name: 'keyfuse', static_configs: [{ targets: [new URL(opsUrl).host] }] }],
    };
    writeFileSync(join(home, 'prometheus.yml'), stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    api = `http://${address}/api/v1`;
    const args = [`--config.file=${home}/prometheus.yml`, `--storage.tsdb.path=${home}/data`];
    server = spawn('prometheus', [...args, `--web.listen-address=${address}`, '--log.level=error'], {
      stdio: 'inherit',
    });
    await eventually('a scrape', async () => (await ask('up')).some(({ value }) => value[1] === '1'));
    for (let n = 0; n < 3; n += 1) {
      for (const fact of Object.values(facts) as Fact[]) await record(fact);
      await eventually('another scrape', () => seen('keyfuse_incidents_total{outcome="revoked"}', n + 1));
    }
  }, 60_000);
  afterAll(async () => {
    if (server?.exitCode === null) {
      server.kill();
      await once(server, 'exit');
    }
    await http?.close(500);
    rmSync(home, { recursive: true });
  });

  interface Sample {
    readonly metric: Readonly<Record<string, string>>;
    readonly value: readonly [number, string];
  }
  const ask = async (query: string): Promise<readonly Sample[]> => {
    const answer = await fetch(`${api}/query?query=${encodeURIComponent(query)}`).catch(() => undefined);
    const found = (await answer?.json().catch(() => undefined)) as { data?: { result: readonly Sample[] } } | undefined;
    return found?.data?.result ?? [];
  };
  const seen = async (query: string, value: number) => (await ask(query)).some((one) => Number(one.value[1]) === value);

  test('reads both formats into the same series', async () => {
    // Prometheus asks for OpenMetrics: a name that lost its _total would be missing here.
    const named = new Set((await ask('{__name__=~"keyfuse_.+"}')).map(({ metric }) => metric['__name__']));
    for (const name of ['keyfuse_incidents_total', 'keyfuse_leak_to_dead_seconds_bucket', 'keyfuse_build_info']) {
      expect(named).toContain(name);
    }
    expect(named.size).toBeGreaterThan(60);
  });

  test('answers every query of the dashboard, and none is empty', async () => {
    const empty = [];
    for (const [title, expr] of queries()) {
      const answer = await fetch(`${api}/query?query=${encodeURIComponent(expr)}`);
      expect({ title, expr, status: answer.status }).toEqual({ title, expr, status: 200 });
      const { data } = (await answer.json()) as { data: { result: Sample[] } };
      if (data.result.length === 0) empty.push(`${title}: ${expr}`);
    }
    // In this bad hour no clock ran backwards and no metric call was wrong.
    expect(empty.filter((it) => !/^Faults: .*(metrics_errors|clock_skew)/.test(it))).toEqual([]);
  }, 60_000);

  test('evaluates every rule, and fires for what is wrong', async () => {
    interface Evaluated {
      readonly name: string;
      readonly health: string;
      readonly lastError?: string;
    }
    const health = async () => {
      const { data } = (await (await fetch(`${api}/rules`)).json()) as { data: { groups: { rules: Evaluated[] }[] } };
      return data.groups.flatMap((group) => group.rules);
    };
    const evaluated = await eventually('every rule has run', async () => {
      const all = await health();
      return all.every((rule) => rule.health !== 'unknown') && all;
    });
    expect(evaluated.filter((rule) => rule.health !== 'ok')).toEqual([]);
    expect(evaluated).toHaveLength(rules().length);
    for (const name of ['LiveKeyNotRevoked', 'WatchModeOn', 'NoticeFailed', 'SourceUnscanned']) {
      await eventually(name, async () => (await ask(`ALERTS{alertname="${name}", alertstate="firing"}`)).length > 0);
    }
    expect(await ask('ALERTS{alertname=~"DaemonAbsent|AuditBlocked|PostDeleteStillLive"}')).toEqual([]);
  }, 60_000);
});
