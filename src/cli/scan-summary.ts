/** What is read, and what cannot be. */
export type Counted = 'file' | 'commit' | 'repository';

/** How much is read is told in `unit`s, also where there was none. */
interface Reading {
  readonly unit: Exclude<Counted, 'repository'>;
  /** For people. */
  readonly since?: string | undefined;
}

/** What a scan came to, counted. */
export const createTally = (now: () => number, { unit, since }: Reading) => {
  const began = now();
  const unread: (readonly [file: string, why: string])[] = [];
  const lost = new Map<string, number>();
  const suppressed = new Map<string, number>();
  const skipped = new Map<string, number>();
  const judged = new Map<string, number>();
  const count = { file: 0, commit: 0, bytes: 0, found: 0 };
  const add = (to: Map<string, number>, name: string, by = 1) => to.set(name, (to.get(name) ?? 0) + by);
  return {
    count,
    unread: unread as readonly (typeof unread)[number][],
    unreadable(place: string, why: string, what: Counted): void {
      unread.push([place, why]);
      add(lost, what);
    },
    suppressed: (reason: string, by?: number) => add(suppressed, reason, by),
    skipped: (why: string) => add(skipped, why),
    judged: (verdict: string) => add(judged, verdict),
    /** A line for people: `12 files, 3.4 MB in 0.1 s (34 MB/s): 2 found; suppressed: 1 foreign`. */
    summary(): string {
      const seconds = Math.max(0.001, (now() - began) / 1000);
      const { bytes, found } = count;
      const much = `${plural(count[unit], unit)}${since === undefined ? '' : ` since ${since}`}`;
      const speed = `${size(bytes)} in ${seconds.toFixed(1)} s (${size(bytes / seconds)}/s)`;
      return [
        `${much}, ${speed}: ${found} found${judged.size > 0 ? ` (${listed(judged)})` : ''}`,
        ...(suppressed.size > 0 ? [`suppressed: ${listed(suppressed)}`] : []),
        ...(skipped.size > 0 ? [`not opened: ${listed(skipped)}`] : []),
        ...(lost.size > 0
          ? [`${[...lost].map(([what, many]) => plural(many, what)).join(', ')} could not be read`]
          : []),
      ].join('; ');
    },
  };
};

export type Tally = ReturnType<typeof createTally>;

const plural = (count: number, word: string): string =>
  `${count} ${count === 1 ? word : `${word.replace(/y$/, 'ie')}s`}`;

const listed = (counts: Map<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name.replace('not-proved', 'not proved')}`).join(', ');

const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `3.4 MB`; powers of ten, as disks and networks count. */
export const size = (bytes: number): string => {
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
};
