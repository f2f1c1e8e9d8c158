import { inspect } from 'node:util';

/**
 * The sensitive text of a key. It prints as `[secret]` wherever text is made of it: templates, JSON, logs, errors,
 * `util.inspect`, spread. Only `expose()` gives the text, and only a few files may call it (test/architecture).
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  expose(): string {
    return this.#text;
  }

  /** Length in UTF-16 code units; says nothing about the content. */
  get length(): number {
    return this.#text.length;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.toPrimitive](): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
