import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { sample } from '../src/core/sample.ts';
import { scratch } from './support/scan-run.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const { at, remove } = scratch('scan-deploy');
afterAll(remove);

const git = (...args: string[]) =>
  spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], {
    ...{ cwd: at('repo'), encoding: 'utf8', env: { PATH: `${at('bin')}:${process.env['PATH']}`, HOME: at('') } },
  });
mkdirSync(at('bin'));
mkdirSync(at('repo'));
writeFileSync(at('bin/keyfuse'), `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/src/main.js')}" "$@"\n`);
chmodSync(at('bin/keyfuse'), 0o755);
git('init', '-q');

describe('the hook', () => {
  test('stops a commit that adds a key, a partial one too, and no other', () => {
    copyFileSync(join(root, 'deploy/pre-commit/pre-commit'), at('repo/.git/hooks/pre-commit'));
    writeFileSync(at('repo/a'), `k=sk_${sample('deploy', 43)}\n`);
    writeFileSync(at('repo/b'), 'calm\n');
    git('add', '-A');
    const stopped = git('commit', '-qm', 'x');
    expect([stopped.status, stopped.stdout + stopped.stderr]).toEqual([1, expect.stringContaining('a:1:3')]);
    expect(git('commit', '-qm', 'x', 'a').status).toBe(1);
    expect(git('commit', '-qm', 'x', 'b').status).toBe(0); // git gives the hook an index of its own
  }, 60_000);

  test('for pre-commit: the same command', () => {
    const Hooks = z.array(
      z.object({ id: z.string(), entry: z.string(), language: z.string(), pass_filenames: z.literal(false) }),
    );
    const hooks = Hooks.parse(parse(read('.pre-commit-hooks.yaml')));
    for (const { entry } of hooks) expect(read('deploy/pre-commit/pre-commit')).toContain(`exec ${entry}\n`);
    expect(hooks.map(({ id }) => id)).toContain(
      parse(read('deploy/pre-commit/pre-commit-config.yaml')).repos[0].hooks[0].id,
    );
  });
});

describe('the action', () => {
  const Action = z.object({
    inputs: z.record(z.string(), z.object({ description: z.string(), default: z.string() })),
    runs: z.object({
      using: z.literal('composite'),
      steps: z.array(
        z.object({
          id: z.string().optional(),
          run: z.string().optional(),
          env: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  });
  const action = Action.parse(parse(read('deploy/github-action/action.yml')));
  const scan = action.runs.steps.find(({ id }) => id === 'scan');

  /** The step as the runner would run it, with what it writes for the next. */
  const run = (inputs: Readonly<Record<string, string>>) => {
    writeFileSync(at('output'), '');
    const given: Record<string, string> = Object.fromEntries(
      Object.entries(action.inputs).map(([name, input]) => [`inputs.${name}`, inputs[name] ?? input.default]),
    );
    const env = Object.fromEntries(
      Object.entries(scan?.env ?? {}).map(([name, value]) => [
        name,
        value.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, key: string) => given[key] ?? at('action/deploy/github-action')),
      ]),
    );
    const { status } = spawnSync('bash', ['-eo', 'pipefail', '-c', scan?.run ?? ''], {
      ...{ cwd: at('repo'), encoding: 'utf8' },
      env: { PATH: process.env['PATH'], RUNNER_TEMP: at(''), GITHUB_OUTPUT: at('output'), ...env },
    });
    const output = Object.fromEntries(
      readFileSync(at('output'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    );
    return { status, output };
  };

  test('tells by SARIF and by its outputs; inputs cannot become script', () => {
    mkdirSync(at('action/dist/src'), { recursive: true });
    mkdirSync(at('action/deploy/github-action'), { recursive: true });
    writeFileSync(at('action/dist/src/main.js'), `await import(${JSON.stringify(join(root, 'dist/src/main.js'))});\n`);
    symlinkSync(join(root, 'package.json'), at('action/package.json'));
    git('add', '-A');
    git('commit', '-qnm', 'x');
    const found = run({});
    expect(found).toMatchObject({ status: 1, output: { found: 'true' } });
    const { results } = JSON.parse(readFileSync(String(found.output['sarif']), 'utf8')).runs[0];
    expect(results).toMatchObject([{ properties: { commit: expect.stringMatching(/^[0-9a-f]{40}$/) } }]);
    expect(run({ fail: 'false' })).toMatchObject({ status: 0, output: { found: 'true' } });
    expect(run({ history: 'false', path: 'b' })).toMatchObject({ status: 0, output: { found: 'false' } });
    expect(run({ path: '$(touch ran); `touch ran`' }).status).toBe(2);
    expect(execFileSync('ls', [at('repo')], { encoding: 'utf8' })).toBe('a\nb\n');
    for (const { run: script = '' } of action.runs.steps) expect(script).not.toContain('${{');
  }, 90_000);
});
