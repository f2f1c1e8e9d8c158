import { UnusablePattern } from './unusable.ts';

/** Reads the source of a pattern from left to right. */
export interface Cursor {
  readonly source: string;
  at(): number;
  done(): boolean;
  /** The next character, without taking it; empty at the end. */
  peek(): string;
  /** Takes a character: a whole code point, by its number. `what` is said to be missing at the end. */
  take(what: string): number;
  /** Takes this text if it is next. */
  skip(text: string): boolean;
  /** Takes what fits, from here on; the expression is sticky. */
  match(expression: RegExp): RegExpExecArray | undefined;
  /** Ends the reading. By default the fault is where we are. */
  refuse(reason: string, at?: number): never;
}

export const createCursor = (source: string): Cursor => {
  let at = 0;
  const refuse = (reason: string, where: number = at): never => {
    throw new UnusablePattern(reason, where);
  };
  return {
    source,
    at: () => at,
    done: () => at >= source.length,
    peek: () => source.charAt(at),
    take(what) {
      const code = source.codePointAt(at) ?? refuse(`the pattern ends where ${what} must follow`);
      at += code > 0xffff ? 2 : 1;
      return code;
    },
    skip(text) {
      if (!source.startsWith(text, at)) return false;
      at += text.length;
      return true;
    },
    match(expression) {
      expression.lastIndex = at;
      const found = expression.exec(source);
      if (!found) return undefined;
      at += found[0].length;
      return found;
    },
    refuse,
  };
};
