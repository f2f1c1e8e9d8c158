import { pino } from 'pino';
import { plain } from './log-fields.ts';
import { pretty } from './pretty.ts';

export const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ['json', 'pretty'] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogNeeds {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Replaces whatever looks like a key in a text. */
  readonly scrub: (text: string) => string;
  /** Where lines go; standard output when absent. */
  readonly stream?: { write(line: string): unknown };
}

/** Lines for people and machines. Never throws; a line that cannot be written is lost. */
export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Line separators and bidirectional overrides that JSON leaves as they are: one event stays one line as it looks. */
const visible = (line: string): string =>
  line.replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * The log. Three nets keep keys out of it: `Secret` hides its text, `plain` drops what is known by name, and `scrub` runs
 * over every outgoing line, whatever made it.
 */
export const createLog = ({ level, format, scrub, stream = pino.destination(1) }: LogNeeds): Log => {
  const last = (line: string): string => {
    const safe = visible(scrub(line));
    return format === 'pretty' ? pretty(safe) : safe;
  };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: last },
    },
    stream,
  );
  return {
    write(at, message, fields = {}) {
      try {
        // A field may not take the place of ours.
        const { level: _, time: __, msg: ___, ...own } = fields;
        if (logger.isLevelEnabled(at)) logger[at](plain(own) as object, message);
      } catch {
        // A log that fails must not stop a deletion.
      }
    },
  };
};
