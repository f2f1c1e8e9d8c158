import type { Readable, Writable } from 'node:stream';
import { Fault, faults } from '../core/errors.ts';

/** What a command may touch of the process; `main.ts` alone takes it from there. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Fires at SIGINT and SIGTERM. */
  readonly stop: AbortSignal;
  /** From then on SIGHUP calls back; until then it ends the process, as that of a closed terminal always does. */
  readonly onHangup?: (hear: () => void) => void;
}

export const exits = { fine: 0, findings: 1, usage: 2, bug: 70, later: 75, config: 78 } as const;
export type Exit = (typeof exits)[keyof typeof exits];

export const say = (to: Writable, line: string): void => {
  to.write(`${line}\n`);
};

/** Columns as wide as the widest cell that was added; rows that are many are gone through twice, and not kept. */
export const createWidths = (head: readonly string[]) => {
  const widths = head.map((cell) => cell.length);
  let rows = 0;
  return {
    rows: (): number => rows,
    add(row: readonly string[]): void {
      rows += 1;
      for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
    },
    line: (row: readonly string[]): string =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
  };
};

/** Columns as wide as their widest cell. */
export const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = createWidths([]);
  for (const row of rows) widths.add(row);
  return rows.map(widths.line).join('\n');
};

/** The time of a record, or `-`. */
export const when = (ms: number | undefined): string => (ms === undefined ? '-' : new Date(ms).toISOString());

/** Wrong usage that only shows when a command runs. */
export const misuse = (why: string): Error => Object.assign(new Error(why), { misuse: true });
export const isMisuse = (error: unknown): error is Error => error instanceof Error && 'misuse' in error;

/** Cron may try again what somebody else did not answer; what a person must mend it may not. */
const exitOf = ({ code, next }: Fault): Exit => {
  if (next === 'exit' || code === 'issuer.credential-refused') return exits.config;
  return next === 'retry' && code !== 'internal.unexpected' ? exits.later : exits.bug;
};

/** What went wrong, for a person, and the exit code of it. */
export const explain = (error: unknown, { stderr }: Pick<Io, 'stderr'>): Exit => {
  if (isMisuse(error)) {
    say(stderr, `keyfuse: ${error.message}`);
    return exits.usage;
  }
  if (error instanceof Fault) {
    say(stderr, `keyfuse: ${error.message}`);
    if (error.code !== 'config.invalid') say(stderr, `  ${faults[error.code].help}`);
    return exitOf(error);
  }
  say(stderr, `keyfuse: a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exits.bug;
};
