import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { beginsAt } from '../src/core/boundary.ts';
import { createDoubts } from '../src/scan/doubts.ts';
import { createProbe } from './support/scanning.ts';

const root = join(import.meta.dirname, '..');
const { default: rules } = (await import(String(join(root, '.dependency-cruiser.mjs')))) as {
  default: { forbidden: readonly { name: string; comment: string }[] };
};
const tracked: readonly string[] = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path && existsSync(join(root, path)));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const product = tracked.filter((path) => /^(src|detectors)\/.*\.ts$/.test(path));
/** Places that match, as `file:line`, comments apart. */
const places = (files: readonly string[], pattern: RegExp): readonly string[] =>
  files.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line) ? [`${path}:${at + 1}`] : [])),
  );
const fileOf = (place: string): string => place.replace(/:\d+$/, '');

/** One planted import per line: the rule it breaks, the file, the text. */
const plants: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['no-cycle', 'src/respond/a.ts', "import type { B } from './b.ts';\nexport type A = B;"],
  ['core-is-the-bottom', 'src/core/files.ts', "import { readFile } from 'node:fs/promises';\nexport { readFile };"],
  [
    'core-is-the-bottom',
    'src/core/upward.ts',
    "import type { Thing } from '../scan/thing.ts';\nexport type X = Thing;",
  ],
  ['rooms-do-not-meet', 'src/scan/meets.ts', "import { thing } from '../topic/thing.ts';\nexport { thing };"],
  ['rooms-do-not-meet', 'src/scan/types.ts', "import type { Thing } from '../topic/thing.ts';\nexport type X = Thing;"],
  ['rooms-do-not-meet', 'src/respond/wired.ts', "import { app } from '../app.ts';\nexport { app };"],
  ['rooms-do-not-meet', 'src/record/knows.ts', "import { one } from '../../detectors/one.ts';\nexport { one };"],
  ['rooms-do-not-meet', 'src/demo/client.ts', "import { thing } from '../topic/thing.ts';\nexport { thing };"],
  ['only-wiring-knows-rooms', 'src/stray.ts', "import type { Thing } from './topic/thing.ts';\nexport type X = Thing;"],
  ['nobody-needs-the-demo', 'src/app-stage.ts', "import { emulator } from './demo/emulator.ts';\nexport { emulator };"],
  [
    'detectors-know-one-issuer',
    'detectors/reads.ts',
    "import { readFileSync } from 'node:fs';\nexport { readFileSync };",
  ],
  [
    'detectors-know-one-issuer',
    'detectors/peeks.ts',
    "import type { Thing } from '../src/scan/thing.ts';\nexport type X = Thing;",
  ],
  [
    'no-test-in-the-product',
    'src/ops/tested.ts',
    "import { support } from '../../test/support.ts';\nexport { support };",
  ],
  ['examples-stand-alone', 'examples/leans.ts', "import { clock } from '../src/core/clock.ts';\nexport { clock };"],
  ['no-test-in-scripts', 'scripts/one.ts', "import { x } from '../test/x.test.ts';\nexport { x };"],
  ['one-door-kafkajs', 'src/topic/broker.ts', "import type { Kafka } from 'kafkajs';\nexport type X = Kafka;"],
  ['one-door-pino', 'src/sources/loud.ts', "import { pino } from 'pino';\nexport { pino };"],
  ['one-door-prom-client', 'src/record/counts.ts', "import { Counter } from 'prom-client';\nexport { Counter };"],
  ['one-door-better-sqlite3', 'src/topic/rows.ts', "import Database from 'better-sqlite3';\nexport { Database };"],
  ['one-door-octokit-rest', 'src/sources/github.ts', "import { Octokit } from '@octokit/rest';\nexport { Octokit };"],
  [
    'one-door-octokit-auth-app',
    'src/sources/app.ts',
    "import { createAppAuth } from '@octokit/auth-app';\nexport { createAppAuth };",
  ],
  [
    'one-door-octokit-plugin-throttling',
    'src/sources/calm.ts',
    "import { throttling } from '@octokit/plugin-throttling';\nexport { throttling };",
  ],
  ['one-door-fastify', 'src/sources/server.ts', "import { fastify } from 'fastify';\nexport { fastify };"],
  ['one-door-workos-inc-node', 'src/issuers/sdk.ts', "import { WorkOS } from '@workos-inc/node';\nexport { WorkOS };"],
  ['one-door-smol-toml', 'src/cli/packs.ts', "import { parse } from 'smol-toml';\nexport { parse };"],
  ['one-door-re2js', 'src/scan/linear.ts', "import { RE2JS } from 're2js';\nexport { RE2JS };"],
  ['one-door-yaml', 'src/config-more.ts', "import { parse } from 'yaml';\nexport { parse };"],
  ['one-door-modern-tar', 'src/cli/tar.ts', "import { unpackTar } from 'modern-tar';\nexport { unpackTar };"],
  ['one-door-snappy', 'src/topic/codec.ts', "import { uncompress } from 'snappy';\nexport { uncompress };"],
  [
    'one-door-aws-sdk-client-secrets-manager',
    'src/app-aws.ts',
    "import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';\nexport { SecretsManagerClient };",
  ],
  [
    'one-door-azure-keyvault-secrets',
    'src/secrets/vaults.ts',
    "import type { SecretClient } from '@azure/keyvault-secrets';\nexport type X = SecretClient;",
  ],
  [
    'one-door-azure-identity',
    'src/secrets/who.ts',
    "import { DefaultAzureCredential } from '@azure/identity';\nexport { DefaultAzureCredential };",
  ],
  ['one-door-commander', 'src/ops/command.ts', "import { Command } from 'commander';\nexport { Command };"],
  ['known-packages-only', 'src/ops/more.ts', "import left from 'left';\nexport { left };"],
  ['no-dev-package-in-the-product', 'src/ops/dev.ts', "import fc from 'fast-check';\nexport { fc };"],
  ['no-unlisted-package', 'src/ops/lucky.ts', "import pico from 'lucky';\nexport { pico };"],
  ['no-deprecated', 'src/ops/old.ts', "import left from 'left';\nexport { left };"],
  ['no-deprecated-node', 'src/ops/older.ts', "import punycode from 'node:punycode';\nexport { punycode };"],
  ['nothing-unresolved', 'src/ops/lost.ts', "import { lost } from './nowhere.ts';\nexport { lost };"],
];

const honest: readonly (readonly [file: string, text: string])[] = [
  ['src/respond/b.ts', "import type { A } from './a.ts';\nexport type B = A;"],
  ['src/app.ts', "import { thing } from './topic/thing.ts';\nexport const app = thing;"],
  [
    'src/core/kinds.ts',
    "import { createHash } from 'node:crypto';\nimport { z } from 'zod';\nexport { createHash, z };",
  ],
  ['src/scan/thing.ts', "export type Thing = string;\nexport { z } from '../core/kinds.ts';"],
  ['src/topic/thing.ts', 'export type Thing = string;\nexport const thing = 1;'],
  ['src/topic/kafka-client.ts', "export { Kafka } from 'kafkajs';"],
  ['src/demo/emulator.ts', 'export const emulator = 1;'],
  ['src/cli/demo.ts', "export { emulator } from '../demo/emulator.ts';"],
  [
    'detectors/one.ts',
    "import type { z } from '../src/core/kinds.ts';\nexport { WorkOS as one } from '@workos-inc/node';\nexport type Z = typeof z;",
  ],
  ['test/support.ts', "export const support = 1;\nexport { app } from '../src/app.ts';"],
  ['test/x.test.ts', 'export const x = 1;'],
];

describe('boundaries', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyfuse-boundaries-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  /** What the tool says of a tree with all of them planted, as `rule file`. */
  const cruise = (): readonly string[] => {
    for (const path of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs']) put(path, read(path));
    const { dependencies, ...rest } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    put('package.json', JSON.stringify({ ...rest, dependencies: { ...dependencies, left: '1.0.0' } }));
    for (const name of ['left', 'lucky'])
      put(`node_modules/${name}/package.json`, `{"name":"${name}","main":"index.js","deprecated":"gone"}`);
    for (const name of ['left', 'lucky']) put(`node_modules/${name}/index.js`, 'module.exports = 1;');
    const used = plants.flatMap(([, , text]) => /from '((?:@[\w-]+\/)?[a-z][\w-]*)'/.exec(text)?.[1] ?? []);
    for (const name of new Set([...used, 'zod', '@swc/core'])) {
      if (['left', 'lucky'].includes(name)) continue;
      mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    for (const [, file, text] of plants) put(file, text);
    for (const [file, text] of honest) put(file, text);
    const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const args = [
      '--config',
      '.dependency-cruiser.mjs',
      '--output-type',
      'json',
      'src',
      'detectors',
      'test',
      'scripts',
      'examples',
    ];
    const { stdout, stderr } = spawnSync(process.execPath, [tool, ...args], { cwd: folder, encoding: 'utf8' });
    if (!stdout) throw new Error(stderr);
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: readonly { from: string; rule: { name: string } }[] };
    };
    return [...new Set(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`))];
  };

  test('each planted import is reported by its rule, and no honest one is', () => {
    const found = cruise();
    const wanted = plants.map(([rule, file]) => `${rule} ${file}`);
    expect(wanted.filter((one) => !found.includes(one))).toEqual([]);
    const planted = new Set(plants.map(([, file]) => file));
    expect(found.filter((one) => !planted.has(one.split(' ')[1] ?? ''))).toEqual([]);
  });

  test('each rule is tried, and tells the wrong and the cure', () => {
    const tried = new Set(plants.map(([rule]) => rule));
    expect(rules.forbidden.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
    for (const { comment } of rules.forbidden) expect(comment.split('. ').length).toBeGreaterThan(1);
  });

  test('core takes only types from node:http', () => {
    const core = product.filter((path) => path.startsWith('src/core/'));
    expect(places(core, /^import (?!type ).*from '(node:)?http'/)).toEqual([]);
  });
});

describe('files', () => {
  /** Tables of data. */
  const tables = ['src/scan/compiled/shipped.ts'];

  test('are at most 200 lines', () => {
    const long = product.filter((path) => !tables.includes(path) && read(path).trimEnd().split('\n').length > 200);
    expect(long).toEqual([]);
  });

  test('are named by what they do', () => {
    const vague = /(^|[-.])(utils?|helpers?|managers?|services?|commons?|misc|data|infos?|handlers?|base)([-.]|$)/i;
    expect(tracked.filter((path) => path.endsWith('.ts') && vague.test(basename(path)))).toEqual([]);
    expect(vague.test('key-utils.ts')).toBe(true);
  });

  test('keep no state of their own', () => {
    expect(
      places(
        // A module of the kernel has no other place for its state than the module.
        product.filter((path) => path !== 'src/main.ts' && !path.startsWith('src/scan/kernel/assembly/')),
        /^(export )?(let|var) /,
      ),
    ).toEqual([]);
  });

  test('leave nothing for later', () => {
    const later = new RegExp(`\\b(${['TO', 'FIX'].map((word, at) => word + ['DO', 'ME'][at]).join('|')})\\b`);
    const mine = tracked.filter((path) => !/^(package-lock\.json|LICENSE)$|^test\/fixtures\//.test(path));
    expect(mine.filter((path) => later.test(read(path)))).toEqual([]);
  });
});

describe('the secret', () => {
  /** Each file that may see the text of a secret, and why it must. */
  const seers: Readonly<Record<string, string>> = {
    'src/core/candidate.ts': 'the fingerprint, and the wire text that is sealed',
    'src/issuers/road.ts': 'our credential, on its way to the issuer',
    'src/respond/respond.ts': 'is it of a foreign shape',
    'src/respond/notify.ts': 'signs notices',
    'src/keys/prefilter.ts': 'does it end as a key of ours',
    'src/keys/signature.ts': 'checks signatures of the issuer',
    'src/respond/revocations.ts': 'signs notices; and the digest by which gateways know a dead key',
    'src/respond/probe.ts': 'seals the dead key that your own API is to refuse',
    'src/sources/github/signature.ts': 'checks signatures',
    'src/sources/github/client-credentials.ts': 'our token and our key, on their way to GitHub',
    'src/sources/http/door.ts': 'checks the token of senders',
    'src/config-rules.ts': 'are the keys of the topic long enough',
    'src/app-keys.ts': 'makes keys of settings; our own credentials are known by it',
    'src/app-topic.ts': 'signs in to Kafka',
    'src/secrets/text.ts': 'is what a store gave usable',
    'src/secrets/renewing.ts': 'has it changed',
    'src/secrets/vault-login.ts': 'what Vault is shown to sign in',
    'src/secrets/vault.ts': 'a new key, on its way into the store',
    'src/secrets/aws.ts': 'a new key, on its way into the store',
    'src/secrets/azure.ts': 'a new key, on its way into the store',
    'src/secrets/file.ts': 'a new key, on its way into the file',
    'src/secrets/command.ts': 'a new key, on its way into the command',
    'src/secrets/sink.ts': 'does the store give back what it took',
    'src/app-scan.ts': 'tells GitHub which reported tokens were real',
    'src/core/preview.ts': 'the masked preview, and what of a dead key a search begins with',
    'src/cli/scan-finding.ts': 'plain SHA-256 when asked, and what `--validate` will ask about',
    'src/keys/rotation.ts': 'seals the new key until it is proved, and compares it with what stands in its sink',
    'src/keys/probe.ts': 'shows that the new key can be used',
    'src/cli/calibrate.ts': 'would the settings in force find the keys that were made for it',
    'detectors/workos-customer-key.ts': 'asks the issuer',
    'detectors/workos-customer-key.learn.ts': 'learns how keys look',
  };

  test('is seen in few files, each with its reason', () => {
    const seen = new Set(places(product, /\.expose\(\)/).map(fileOf));
    expect([...seen].sort()).toEqual(Object.keys(seers).sort());
  });

  test('no file of the repository holds a key-shaped text', () => {
    const registry = detectors(detectorSettings.parse({}));
    const probe = createProbe(registry);
    const customer = registry.find(({ id }) => id === 'workos-customer-key');
    const doubt = createDoubts({ inlineIgnore: 'none' });
    /** A key of another issuer, in clear, that no detector of its own knows. */
    const holdsForeign = (text: string): boolean =>
      [...text.matchAll(new RegExp(customer?.pattern ?? '', 'g'))].some(({ 0: secret, index }) => {
        const judged = customer && doubt({ detector: customer, secret, line: '', at: 0, via: [] });
        return judged === 'foreign' && beginsAt(text, index);
      });
    const holds = (text: string | Buffer): boolean =>
      probe.find(text).length > 0 || holdsForeign(typeof text === 'string' ? text : text.toString('latin1'));
    const [made] = customer?.examples().ours ?? [];
    const [other] = customer?.examples().foreign ?? [];
    expect(holds(`key: ${other}`)).toBe(true);
    expect(holds(`key: ${made}`)).toBe(true);
    expect(tracked.filter((path) => holds(readFileSync(join(root, path))))).toEqual([]);
  });
});

describe('the process', () => {
  /** Programs of their own, and what must look at the environment beside main. */
  const allowed: Readonly<Record<string, string>> = {
    'src/main.ts': 'the command line',
    'src/demo/workos-process.ts': 'a program of its own: the emulated WorkOS',
    'src/demo/github/git-run.ts': 'git is found by PATH, and must not see the rest of the environment',
  };

  test('its environment, arguments and exit belong to main', () => {
    const seen = new Set(places(product, /\bprocess\.(env|argv|exit|exitCode|abort)\b/).map(fileOf));
    expect([...seen].filter((path) => !(path in allowed))).toEqual([]);
    expect(Object.keys(allowed).filter((path) => !seen.has(path))).toEqual([]);
  });
});

describe('decisions', () => {
  const adrs = tracked.filter((path) => /^docs\/adr\//.test(path)).map((path) => basename(path));

  test('each have a number of their own, and three parts', () => {
    const numbers = adrs.map((name) => /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1] ?? name).sort();
    expect(numbers.filter((number, at) => !/^\d{4}$/.test(number) || numbers.indexOf(number) !== at)).toEqual([]);
    for (const name of adrs) {
      const text = read(`docs/adr/${name}`);
      expect(text).toMatch(new RegExp(`^# ${Number(name.slice(0, 4))}\\. `));
      for (const part of ['Background', 'Decision', 'Consequence']) expect(text).toContain(`## ${part}`);
    }
  });
});
