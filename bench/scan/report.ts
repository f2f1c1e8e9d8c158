import { columns } from '../columns.ts';
import { median } from '../numbers.ts';
import type { CommandRates } from './command.ts';
import type { HostileRate } from './hostile.ts';
import type { Lanes } from './lanes.ts';
import { type Cell, ratio } from './matrix.ts';

export interface Goal {
  readonly name: string;
  readonly text: string;
  /** Undefined: not measured. */
  readonly met: boolean | undefined;
}

const OURS = 'keyfuse, no decoders';
const rateOf = ({ rates }: Cell, engine: string): string => {
  const all = rates.get(engine);
  if (!all?.length) return 'not there';
  const value = median(all);
  return value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US');
};
const times = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(2)} ×`);

export const bareTable = (cells: readonly Cell[]): string =>
  columns(
    ['text', 'memcpy', 'wc -l', 'Secretlint'],
    cells.map((cell) => [cell.text, ...['memcpy', 'wc -l', 'Secretlint'].map((engine) => rateOf(cell, engine))]),
  );

export const setTable = (cells: readonly Cell[]): string =>
  columns(
    [
      'patterns',
      'text',
      OURS,
      'all decoders',
      'on : off',
      'Vectorscan',
      'ours : Vectorscan',
      'ripgrep',
      'ours : ripgrep',
    ],
    cells.map((cell) => [
      cell.set?.name ?? '',
      cell.text,
      rateOf(cell, OURS),
      rateOf(cell, 'keyfuse'),
      times(ratio(cell.rates, 'keyfuse', OURS)),
      `${rateOf(cell, 'Vectorscan')}${cell.refused ? ` (refuses ${cell.refused})` : ''}`,
      times(ratio(cell.rates, OURS, 'Vectorscan')),
      rateOf(cell, 'ripgrep'),
      times(ratio(cell.rates, OURS, 'ripgrep')),
    ]),
  );

export const hostileTable = (rates: readonly HostileRate[]): string =>
  columns(
    ['hostile input', 'MB/s'],
    [...rates].sort((a, b) => a.rate - b.rate).map(({ name, rate }) => [name, rate.toFixed(rate < 10 ? 2 : 0)]),
  );

const least = (name: string, value: number | undefined, { goal, unit }: { goal: number; unit: string }): Goal => ({
  name: `${name} ≥ ${goal.toLocaleString('en-US')}${unit}`,
  text:
    value === undefined
      ? 'not measured'
      : `${value < 100 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US')}${unit}`,
  met: value === undefined ? undefined : value >= goal,
});

/** Of one set of patterns: each goal holds on the worst of the three texts. */
const setGoals = (cells: readonly Cell[]): readonly Goal[] => {
  const set = cells[0]?.set;
  if (!set?.goals) return [];
  const worst = (of: (cell: Cell) => number | undefined): number | undefined => {
    const values = cells.flatMap((cell) => of(cell) ?? []);
    return values.length === 0 ? undefined : Math.min(...values);
  };
  const { name, goals } = set;
  return [
    least(
      `${name}, slowest text`,
      worst(({ rates }) => (rates.has(OURS) ? median(rates.get(OURS) ?? []) : undefined)),
      { goal: goals.rate, unit: ' MB/s' },
    ),
    least(
      `${name}, against Vectorscan`,
      worst(({ rates }) => ratio(rates, OURS, 'Vectorscan')),
      { goal: goals.peer, unit: ' ×' },
    ),
    least(
      `${name}, against ripgrep`,
      worst(({ rates }) => ratio(rates, OURS, 'ripgrep')),
      { goal: 8, unit: ' ×' },
    ),
    least(
      `${name}, all decoders on`,
      worst(({ rates }) => ratio(rates, 'keyfuse', OURS)),
      { goal: 0.6, unit: ' ×' },
    ),
  ];
};

const below = (name: string, value: number, { goal, unit }: { goal: number; unit: string }): Goal => ({
  name: `${name} < ${goal}${unit}`,
  text: `${Math.round(value)}${unit}`,
  met: value < goal,
});

export const goalsOf = (
  cells: readonly Cell[],
  {
    lanes,
    command,
    hostile,
  }: { lanes: Lanes | undefined; command: CommandRates | undefined; hostile: readonly HostileRate[] },
): readonly Goal[] => {
  const names = [...new Set(cells.map(({ set }) => set?.name))];
  const slowest = [...hostile].sort((a, b) => a.rate - b.rate)[0];
  return [
    ...names.flatMap((name) => setGoals(cells.filter(({ set }) => set?.name === name))),
    ...(lanes ? [least('two threads against one', lanes.gain, { goal: 1.8, unit: ' ×' })] : []),
    ...(command
      ? [
          least('keyfuse scan, large warm file, after start', command.rate, { goal: 1200, unit: ' MB/s' }),
          below('keyfuse scan, start', command.startMs, { goal: 150, unit: ' ms' }),
          below('keyfuse scan, memory', command.peakMb, { goal: 200, unit: ' MB' }),
        ]
      : []),
    ...(slowest ? [least(`slowest hostile input (${slowest.name})`, slowest.rate, { goal: 20, unit: ' MB/s' })] : []),
  ];
};
