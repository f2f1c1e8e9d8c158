import * as z from 'zod';
import { publicText } from '../core/origin.ts';
import { misuse } from './io.ts';

/** The time after which commits are read. */
export interface Since {
  /** Milliseconds since 1970. */
  readonly ms: number;
  /** For people: the day that was given, or the time. */
  readonly shown: string;
}

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d\d-\d\d$/;
const RELATIVE = /^(\d{1,6})[ .]*(second|minute|hour|day|week|month|year)s?(?:[ .]+ago)?$/i;
const lengths: Readonly<Record<string, number>> = {
  ...{ second: 1_000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS },
};

/** Days and times that exist; a time without a zone is one of here. */
const Time = z.union([z.iso.date(), z.iso.datetime({ offset: true, local: true })]);

/**
 * What `--since` means at `now`: an ISO 8601 day or time, or so many units ago, as git writes these. git itself takes a
 * word that it does not know for now, and half a date for some day, so that a slip would hide every commit, or none.
 * Errors: misuse.
 */
export const sinceOf = (given: string, now: number): Since => {
  const text = given.trim();
  const ms = relative(text.toLowerCase(), now) ?? absolute(text);
  const shown = `--since ${publicText(given)}`;
  if (ms === undefined || Number.isNaN(ms))
    throw misuse(
      `${shown} is no date that is known; give one such as 2026-11-14, 2026-11-14T09:30:00Z, '2 weeks ago', 3.days or yesterday`,
    );
  // A day more: it may have begun where the date was written.
  if (ms > now + DAY_MS) throw misuse(`${shown} is in the future: no commit would be read`);
  const whole = Math.max(0, Math.floor(ms / 1_000) * 1_000); // what is older git cannot be told
  return { ms: whole, shown: DAY.test(text) ? text : new Date(whole).toISOString().replace('.000', '') };
};

const absolute = (text: string): number | undefined => {
  const time = text.replace(/^(\S+) (\d)/, '$1T$2').replace(/(:\d\d) ?([+-]\d\d):?(\d\d)$/, '$1$2:$3');
  // Of a day alone `Date` would take midnight in Greenwich.
  return Time.safeParse(time).success ? Date.parse(DAY.test(time) ? `${time}T00:00` : time) : undefined;
};

const relative = (text: string, now: number): number | undefined => {
  if (text === 'today' || text === 'yesterday') return dayBefore(now, text === 'today' ? 0 : 1);
  const [, count, unit = ''] = RELATIVE.exec(text) ?? [];
  if (count === undefined) return undefined;
  const length = lengths[unit];
  if (length !== undefined) return now - Number(count) * length;
  return monthsBefore(now, Number(count) * (unit === 'year' ? 12 : 1));
};

/** When that day began. */
const dayBefore = (now: number, days: number): number => {
  const date = new Date(now);
  date.setDate(date.getDate() - days);
  return date.setHours(0, 0, 0, 0);
};

const monthsBefore = (now: number, months: number): number => {
  const date = new Date(now);
  const day = date.getDate();
  date.setMonth(date.getMonth() - months);
  // That month has no such day: its last.
  return date.getDate() === day ? date.getTime() : date.setDate(0);
};
