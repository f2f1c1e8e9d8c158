import { size } from './scan-summary.ts';

export interface Step {
  readonly done: number;
  /** Zero: nobody knows. */
  readonly total: number;
  readonly seconds: number;
  readonly found: number;
  /** What is counted. */
  readonly unit?: 'bytes' | 'commits';
}

const CELLS = 24;
const EVERY_MS = 100;

/** One line: how far, how fast, how long still. */
export const bar = ({ done, total, seconds, found, unit = 'bytes' }: Step): string => {
  const much = (count: number): string => (unit === 'bytes' ? size(count) : String(Math.round(count)));
  const rate = seconds > 0 ? done / seconds : 0;
  const tail = `${much(rate)}/s  ${found} found`;
  const many = `${much(done)}${total > 0 ? ` of ${much(total)}` : ''}${unit === 'bytes' ? '' : ' commits'}`;
  if (total <= 0) return `${many}  ${tail}`;
  const part = Math.min(1, done / total);
  const left = rate > 0 ? `  ${timeOf((total - Math.min(done, total)) / rate)} left` : '';
  return `${String(Math.floor(part * 100)).padStart(3)} % ${cells(part)} ${many}  ${tail}${left}`;
};

/** A bar of which a part (0 to 1) is full. */
export const cells = (part: number): string => {
  const full = Math.round(part * CELLS);
  return '█'.repeat(full) + '░'.repeat(CELLS - full);
};

/** `1:05`, `2:00:00`. */
export const timeOf = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(whole % 60).padStart(2, '0')}`;
  return hours ? `${hours}:${rest}` : rest;
};

/** Draws a line on a terminal over the last, at most ten times a second; `clear` before anything else is written there. */
export const createDrawing = (write: (text: string) => void, now: () => number) => {
  const began = now();
  let last = began;
  let drawn = false;
  return {
    clear(): void {
      if (drawn) write('\r\u001b[2K');
      drawn = false;
    },
    draw(line: (seconds: number) => string): void {
      if (now() - last < EVERY_MS) return;
      last = now();
      write(`\r\u001b[2K${line((last - began) / 1000)}`);
      drawn = true;
    },
  };
};

/** Draws the bar. */
export const createProgress = (write: (text: string) => void, now: () => number) => {
  const { clear, draw } = createDrawing(write, now);
  return {
    clear,
    draw: (step: Omit<Step, 'seconds'>): void => draw((seconds) => bar({ ...step, seconds })),
    /** Another line in the place of the bar. */
    say: (text: string): void => draw(() => text),
  };
};
