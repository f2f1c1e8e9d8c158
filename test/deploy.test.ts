import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { Settings } from '../src/config.ts';
import { leaves } from '../src/config-leaves.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Step {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile, continuation lines joined, comments apart. */
const stepsOf = (text: string): readonly Step[] =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(/\s/)[0] ?? '', rest: line.replace(/^\S+\s+/, '').trim() }));

/** What is wrong with a Dockerfile, a sentence each. */
const faultsOf = (text: string): readonly string[] => {
  const steps = stepsOf(text);
  const last = steps.slice(steps.findLastIndex(({ word }) => word === 'FROM'));
  const all = (word: string, of = steps) => of.filter((step) => step.word === word).map(({ rest }) => rest);
  const isList = (rest: string) => {
    try {
      return Array.isArray(JSON.parse(rest));
    } catch {
      return false;
    }
  };
  const check = (right: boolean, fault: string) => (right ? [] : [fault]);
  return [
    ...check(
      all('FROM').every((from) => /^\$\{[A-Z_]+\}( AS \w+)?$/.test(from)),
      'a base is not an ARG',
    ),
    ...check(
      all('ARG').every((arg) => /^[A-Z_]+_IMAGE=[\w.-]+\/[\w./-]+(:(?!latest)[\w.-]+|@sha256:[0-9a-f]{64})$/.test(arg)),
      'an ARG is not a base of a version',
    ),
    ...check(/^\d+(:\d+)?$/.test(all('USER', last).at(-1) ?? ''), 'the user is not a number'),
    ...check(!/^0(:|$)/.test(all('USER', last).at(-1) ?? '0'), 'the user is root'),
    ...check(all('ADD').length === 0, 'ADD is used'),
    ...check(all('WORKDIR', last).length === 0, 'WORKDIR gives the user a folder to write in'),
    ...check(
      ['ENTRYPOINT', 'CMD'].every((word) => all(word, last).every(isList)),
      'a command is not in exec form',
    ),
    ...check(all('ENTRYPOINT', last).length === 1, 'there is no entry point'),
    ...check(
      all('HEALTHCHECK', last).every((rest) => isList(/ CMD (.*)$/.exec(rest)?.[1] ?? '')),
      'the health check needs a shell',
    ),
    ...check(all('HEALTHCHECK', last).length === 1, 'there is no health check'),
    ...check(all('RUN', last).length === 0, 'the last stage runs something'),
    ...check(
      ![...all('ENV'), ...all('ARG')].some((rest) => /KEY|SECRET|TOKEN|PASSWORD/.test(rest)),
      'a secret is in ARG or ENV',
    ),
    ...check(
      all('COPY', last).every((rest) => /^(--from=build |--from=git \/git \/$|LICENSE package\.json )/.test(rest)),
      'the last stage copies sources',
    ),
    ...check(all('COPY', last).includes('--from=git /git /'), 'git is not there: no history is read'),
    ...check(
      all('COPY').every((rest) => !/^\. /.test(rest)),
      'everything is copied',
    ),
  ];
};

describe('Dockerfile', () => {
  const text = read('Dockerfile');

  test('is small, pinned and without rights', () => {
    expect(faultsOf(text)).toEqual([]);
  });

  test.each<[string, RegExp, string]>([
    ['a base is not an ARG', /FROM \$\{RUNTIME_IMAGE\}/, 'FROM gcr.io/distroless/nodejs24-debian13'],
    ['an ARG is not a base of a version', /nodejs24-debian13:nonroot\n/, 'nodejs24-debian13:latest\n'],
    ['the user is not a number', /USER .*/, 'USER nonroot'],
    ['the user is root', /USER .*/, 'USER 0:0'],
    ['ADD is used', /COPY src src/, 'ADD src src'],
    ['WORKDIR gives the user a folder to write in', /VOLUME/, 'WORKDIR /app\nVOLUME'],
    ['a command is not in exec form', /CMD \["run"\]/, 'CMD run'],
    ['there is no entry point', /ENTRYPOINT .*/, ''],
    ['the health check needs a shell', /CMD \["\/nodejs.*healthz.*/, 'CMD curl localhost'],
    ['there is no health check', /HEALTHCHECK .*\\\n.*/, ''],
    ['the last stage runs something', /VOLUME/, 'RUN echo\nVOLUME'],
    ['a secret is in ARG or ENV', /OPS_PORT=9464\n/, 'OPS_PORT=9464 WORKOS_API_KEY=x\n'],
    ['the last stage copies sources', /COPY LICENSE/, 'COPY src /app/src\nCOPY LICENSE'],
    ['git is not there: no history is read', /COPY --from=git.*/, ''],
    ['everything is copied', /COPY src src/, 'COPY . .'],
  ])('the check sees that %s', (fault, from, to) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect(faultsOf(changed)).toContain(fault);
  });

  test('what it copies is in the context, and nothing else is', () => {
    const context = read('.dockerignore')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'));
    expect(context[0]).toBe('*');
    const kept = context.slice(1).map((line) => line.replace(/^!/, ''));
    const copied = stepsOf(text)
      .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(kept.sort()).toEqual([...new Set(copied)].sort());
    for (const path of kept) expect(existsSync(join(root, path))).toBe(true);
  });

  test('its variables are settings', () => {
    const names = stepsOf(text).flatMap(({ word, rest }) => (word === 'ENV' ? rest.split(' ') : []));
    const known = leaves(Settings).map(({ env }) => env);
    expect(
      names.map((one) => one.split('=')[0]).filter((name) => name !== 'NODE_ENV' && !known.includes(name)),
    ).toEqual([]);
  });

  test('its flags are flags of our Node', () => {
    const entry = stepsOf(text).find(({ word }) => word === 'ENTRYPOINT');
    const flags = (JSON.parse(entry?.rest ?? '[]') as string[]).filter((one) => one.startsWith('--'));
    expect(flags).toHaveLength(3);
    expect(flags.filter((flag) => !process.allowedNodeEnvironmentFlags.has(flag.split('=')[0] ?? ''))).toEqual([]);
  });
});

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: readonly string[];
  readonly stop_grace_period?: string;
  readonly depends_on?: unknown;
  readonly healthcheck?: { readonly test: readonly string[] };
}

describe('compose.yaml', () => {
  const { services, secrets, volumes, networks } = parse(read('deploy/compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
    secrets: Record<string, { file: string }>;
    volumes: Record<string, unknown>;
    networks: Record<string, { internal?: boolean }>;
  };
  const names = Object.keys(services);

  test('runs Keyfuse, Kafka, Prometheus and Grafana', () => {
    expect(names.sort()).toEqual(['grafana', 'kafka', 'keyfuse', 'prometheus']);
  });

  test.each(names)('%s has no rights to lose', (name) => {
    const service = services[name];
    expect(service?.cap_drop).toEqual(['ALL']);
    expect(service?.security_opt).toContain('no-new-privileges:true');
    expect(service?.privileged).toBeUndefined();
    if (name !== 'kafka') expect(service?.read_only).toBe(true);
    expect((service?.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    for (const network of service?.networks ?? ['none']) expect(networks).toHaveProperty(network);
  });

  test.each(names.filter((name) => name !== 'keyfuse'))('the image of %s is of a version', (name) => {
    expect(services[name]?.image).toMatch(/^\$\{[A-Z]+_IMAGE:-docker\.io\/[\w/-]+:v?\d+\.\d+\.\d+\}$/);
  });

  test('Kafka is the one that the tests run', () => {
    const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\d.]+)</.exec(
      read('test/support/kafka/pom.xml'),
    );
    expect(services['kafka']?.image).toContain(`apache/kafka:${version?.[1]}}`);
    expect(services['kafka']?.healthcheck?.test[0]).toBe('CMD');
    expect(services['keyfuse']?.depends_on).toEqual({ kafka: { condition: 'service_healthy' } });
    expect(services['kafka']?.networks?.map((name) => networks[name]?.internal)).toEqual([true]);
  });

  test('secrets are files, for settings that are secrets', () => {
    const { environment = {}, secrets: given = [] } = services['keyfuse'] ?? {};
    const known = new Map(leaves(Settings).flatMap((leaf) => (leaf.env ? [[leaf.env, leaf.secret]] : [])));
    known.set('KEYFUSE_CONFIG', false); // names the settings' file: no setting itself
    for (const [name, value] of Object.entries(environment)) {
      const file = /^(.*)_FILE$/.exec(name)?.[1];
      expect([name, known.get(file ?? name)]).toEqual([name, file !== undefined]);
      if (file) expect(given).toContain(String(value).replace('/run/secrets/', ''));
    }
    expect(Object.keys(secrets).filter((name) => secrets[name]?.file !== `./secrets/${name}`)).toEqual([]);
    expect(names.flatMap((name) => services[name]?.secrets ?? []).filter((name) => !(name in secrets))).toEqual([]);
  });

  test('what is mounted is there', () => {
    const sources = names.flatMap((name) => (services[name]?.volumes ?? []).map((one) => one.split(':')[0] ?? ''));
    const folders = sources.filter((source) => source.startsWith('.'));
    expect(folders.filter((path) => !existsSync(join(root, 'deploy', path)))).toEqual([]);
    expect(sources.filter((source) => !source.startsWith('.') && !(source in volumes))).toEqual([]);
  });

  test('the parts find each other', () => {
    const scraped = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: readonly { static_configs: readonly { targets: readonly string[] }[] }[];
    };
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yml')) as {
      datasources: readonly { url: string }[];
    };
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/keyfuse.yml')) as {
      providers: readonly { options: { path: string } }[];
    };
    const targets = scraped.scrape_configs.flatMap(({ static_configs: all }) => all.flatMap((one) => one.targets));
    expect(targets).toEqual(['keyfuse:9464']);
    expect(datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090']);
    const mounted = (services['grafana']?.volumes ?? []).map((one) => one.split(':')[1]);
    expect(providers.map(({ options }) => options.path).filter((path) => !mounted.includes(path))).toEqual([]);
    expect(services['prometheus']?.volumes).toContain('./prometheus:/etc/prometheus:ro');
  });

  test('a container is given longer than a drain takes', () => {
    expect(Number.parseInt(services['keyfuse']?.stop_grace_period ?? '0', 10)).toBeGreaterThan(30);
  });
});
