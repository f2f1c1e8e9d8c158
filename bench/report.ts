import { cpus, loadavg, totalmem } from 'node:os';
import { median } from './numbers.ts';
import type { TopicName } from './options.ts';

/** One measured number, once per round. */
export interface Row {
  readonly measure: string;
  readonly topic: TopicName;
  /** What the emulated issuer takes per call; absent where it is not asked. */
  readonly issuerMs?: number;
  readonly unit: 'ms' | 'µs' | '/s' | 's' | 'MB' | 'calls' | 'messages';
  readonly rounds: readonly number[];
  /** The median must be under `below`, or `least` or more. */
  readonly goal?: { readonly below: number } | { readonly least: number };
}

export const isMet = ({ rounds, goal }: Row): boolean | undefined => {
  if (!goal) return undefined;
  return 'below' in goal ? median(rounds) < goal.below : median(rounds) >= goal.least;
};

export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly memoryGb: number;
  readonly node: string;
  readonly system: string;
  readonly date: string;
  /** Processes that wanted a CPU in the minute before: what is above 0 was not ours. */
  readonly load: number;
}

export const describeMachine = (): Machine => ({
  cpus: cpus().length,
  model: cpus()[0]?.model.trim() ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  system: `${process.platform} ${process.arch}`,
  date: new Date().toISOString().slice(0, 10),
  load: Number(loadavg()[0]?.toFixed(1)),
});

const written = (value: number, unit: Row['unit']): string =>
  (unit === 'ms' || unit === 's') && value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US');

const goalOf = (row: Row): string => {
  const { goal, unit } = row;
  if (!goal) return '';
  const text = 'below' in goal ? `< ${written(goal.below, unit)}` : `≥ ${written(goal.least, unit)}`;
  return `${text} ${isMet(row) ? 'met' : 'MISSED'}`;
};

const cellsOf = (row: Row): readonly string[] => {
  const { measure, topic, issuerMs, unit, rounds } = row;
  const one = (value: number) => written(value, unit);
  return [
    measure,
    topic,
    issuerMs === undefined ? '' : `${issuerMs} ms`,
    `${one(median(rounds))} ${unit}`,
    rounds.length > 1 ? `${one(Math.min(...rounds))} – ${one(Math.max(...rounds))}` : '',
    goalOf(row),
  ];
};

/** A Markdown table whose columns line up. */
export const tableOf = (rows: readonly Row[]): string => {
  const head = ['measure', 'topic', 'issuer', 'median', 'min – max', 'goal'];
  const lines = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...lines.slice(1).map(line)].join('\n');
};
