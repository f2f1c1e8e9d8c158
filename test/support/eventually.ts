import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `question` gives a value that is not false or undefined, and gives it; throws with `what` after `withinMs`. */
export const eventually = async <T>(
  what: string,
  question: () => T | false | undefined | Promise<T | false | undefined>,
  withinMs = 25_000,
): Promise<T> => {
  const since = performance.now();
  for (;;) {
    const answer = await question();
    if (answer !== false && answer !== undefined) return answer;
    const waited = performance.now() - since;
    if (waited > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    // To ask a daemon a hundred times a second would keep it from what is waited for.
    await pause(Math.min(100, Math.max(10, waited / 10)));
  }
};

/** A door that is shut until `open`. */
export const gate = (): { readonly passed: Promise<void>; open(): void } => {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
};
