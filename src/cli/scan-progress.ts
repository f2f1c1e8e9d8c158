import { size } from './scan-summary.ts';

export interface Step {
  readonly done: number;
  /** Zero: nobody knows. */
  readonly total: number;
  readonly seconds: number;
  readonly found: number;
}

const CELLS = 24;
const EVERY_MS = 100;

/** One line: how far, how fast, how long still. */
export const bar = ({ done, total, seconds, found }: Step): string => {
  const rate = seconds > 0 ? done / seconds : 0;
  const tail = `${size(rate)}/s  ${found} found`;
  if (total <= 0) return `${size(done)}  ${tail}`;
  const part = Math.min(1, done / total);
  const full = Math.round(part * CELLS);
  const left = rate > 0 ? `  ${clock((total - Math.min(done, total)) / rate)} left` : '';
  const cells = '█'.repeat(full) + '░'.repeat(CELLS - full);
  return `${String(Math.floor(part * 100)).padStart(3)} % ${cells} ${size(done)} of ${size(total)}  ${tail}${left}`;
};

const clock = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(whole % 60).padStart(2, '0')}`;
  return hours ? `${hours}:${rest}` : rest;
};

/** Draws the bar on a terminal, at most ten times a second; `clear` before anything else is written there. */
export const createProgress = (write: (text: string) => void, now: () => number) => {
  const began = now();
  let last = began;
  let drawn = false;
  const clear = (): void => {
    if (drawn) write('\r\u001b[2K');
    drawn = false;
  };
  return {
    clear,
    draw(step: Omit<Step, 'seconds'>): void {
      if (now() - last < EVERY_MS) return;
      last = now();
      write(`\r\u001b[2K${bar({ ...step, seconds: (last - began) / 1000 })}`);
      drawn = true;
    },
  };
};
