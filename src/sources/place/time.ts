const SINCE = Date.UTC(2000, 0, 1);
const UNTIL = Date.UTC(2100, 0, 1);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** A time stands at the front of a line, if anywhere. */
const FRONT = 256;

const CLOCK = String.raw`(?<clock>\d\d:\d\d:\d\d)(?:[.,](?<fraction>\d{1,9}))?`;
const ZONE = String.raw`(?: ?(?<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?![\w:]))?`;
const NAME = '(?<name>[A-Z][a-z]{2})';

/** The forms of a written time, the most telling first. */
const FORMS: readonly RegExp[] = [
  // RFC 3339, log4j (`2026-01-02 03:04:05,678`), Python, Go (`2026/01/02 03:04:05`), nginx
  new RegExp(String.raw`(?<!\d)(?<year>\d{4})[-/](?<month>\d\d)[-/](?<day>\d\d)[T _]${CLOCK}${ZONE}`),
  // klog: https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#klog
  new RegExp(String.raw`^[IWEF](?<month>\d\d)(?<day>\d\d) ${CLOCK}`),
  // common log format (`02/Jan/2026:03:04:05 +0000`), PHP, HTTP
  new RegExp(String.raw`(?<!\d)(?<day>\d{1,2})[/ -]${NAME}[/ -](?<year>\d{4})[: ]${CLOCK}${ZONE}`),
  // RFC 3164 and ctime, the year after the clock or nowhere
  new RegExp(String.raw`(?<![A-Za-z])${NAME} {1,2}(?<day>\d{1,2}) ${CLOCK}(?: (?<year>20\d\d)(?!\S))?`),
];

const within = (ms: number): number | undefined => (ms >= SINCE && ms < UNTIL ? Math.round(ms) : undefined);

/** Seconds, milliseconds, microseconds or nanoseconds: between 2000 and 2100 a number can only be one of them. */
const timeOfNumber = (value: number): number | undefined =>
  within(value * 1_000) ?? within(value) ?? within(value / 1_000) ?? within(value / 1_000_000);

const zoneMs = (zone = 'Z'): number => {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
};

/** So far a clock may be ahead, with its zone. */
const AHEAD_MS = 24 * 60 * 60 * 1_000;

/** What is written without a year was written in the last one that is not yet to come. */
const lastBefore = (timeInYear: (year: number) => number, near: number): number => {
  const until = near + AHEAD_MS;
  const year = new Date(until).getUTCFullYear();
  const time = timeInYear(year);
  return time <= until ? time : timeInYear(year - 1);
};

const timeOfParts = (parts: Readonly<Record<string, string | undefined>>, near: number | undefined) => {
  const { year, month, name = '', day, clock = '', fraction = '', zone } = parts;
  const months = month === undefined ? MONTHS.indexOf(name.toLowerCase()) : Number(month) - 1;
  const [h = 0, m = 0, s = 0] = clock.split(':').map(Number);
  if (months < 0 || months > 11 || Number(day) < 1 || Number(day) > 31 || h > 24 || m > 59 || s > 60) return undefined;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const timeInYear = (of: number): number => Date.UTC(of, months, Number(day), h, m, s, ms) - zoneMs(zone);
  if (year !== undefined) return within(timeInYear(Number(year)));
  return near === undefined ? undefined : within(lastBefore(timeInYear, near));
};

/** The time at the front of a line; without a zone it is UTC. `near` (epoch ms) tells the year of what has none. */
export const timeIn = (text: string, near?: number): number | undefined => {
  const front = text.slice(0, FRONT);
  for (const form of FORMS) {
    const parts = form.exec(front)?.groups;
    const time = parts && timeOfParts(parts, near);
    if (time !== undefined) return time;
  }
  return timeOf(Number(/^\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?![\w.])/.exec(front)?.[1]));
};

/** Epoch ms of a number or a written time, if it is one between 2000 and 2100. */
export const timeOf = (value: unknown, near?: number): number | undefined => {
  if (typeof value === 'number') return timeOfNumber(value);
  if (typeof value !== 'string') return undefined;
  return /^\d{9,19}(?:\.\d{1,9})?$/.test(value) ? timeOfNumber(Number(value)) : timeIn(value, near);
};
