import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');
export const rulesFolder = join(root, 'deploy/prometheus');

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description?: string;
  readonly type: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

export interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

export const rules = (): readonly Rule[] =>
  (parse(read('deploy/prometheus/rules.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    (group) => group.rules,
  );

export const dashboard = (): Dashboard => JSON.parse(read('deploy/grafana/dashboards/keyfuse.json')) as Dashboard;

/** Every query of the dashboard, with Grafana's variables as it would fill them in. */
export const queries = (): readonly (readonly [title: string, expr: string])[] => {
  const { panels, annotations } = dashboard();
  const filled = (expr: string) =>
    expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '1h').replaceAll('$instance', '.*');
  return [
    ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, filled(expr)] as const)),
    ...annotations.list.map(({ expr }) => ['annotation', filled(expr)] as const),
  ];
};

const here = spawnSync('promtool', ['--version']).status === 0 && spawnSync('prometheus', ['--version']).status === 0;
if (!here && !process.env['CI']) {
  process.stderr.write('skipped: rules and dashboard in a real Prometheus (Debian package prometheus)\n');
}

/** Runs where Prometheus is installed; where CI=true it must be. */
export const suiteWithPrometheus = here || process.env['CI'] ? describe : describe.skip;

export const promtool = (
  args: readonly string[],
  input = '',
): { readonly code: number | null; readonly said: string } => {
  // A fifth of its time would go into keeping small.
  const env = { ...process.env, GOGC: '400' };
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: rulesFolder, input, env, encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
};
