import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `question` gives a value that is not false or undefined, and gives it; throws with `what` after `withinMs`. */
export const eventually = async <T>(
  what: string,
  question: () => T | false | undefined | Promise<T | false | undefined>,
  withinMs = 25_000,
): Promise<T> => {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await question();
    if (answer !== false && answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(10);
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
