import type { Why } from './refusal.ts';

const NEWLINE = 0x0a;
/** No action line is as long; what is longer is none. */
const LONGEST_ACTION = 16 * 1024;
/** The answer has a line for each, so their number bounds it. */
const MOST_ACTIONS = 100_000;

/** What the answer must say of one document. */
interface Item {
  readonly action: string;
  readonly index: string;
  readonly id: string | undefined;
}

const ACTION = /^\s*\{.*?"(?<action>create|index|update|delete)"\s*:\s*[{n]/s;
/** Names of which nothing must be escaped; others are not given back. */
const INDEX = /"_index"\s*:\s*"(?<index>[\w.:@<>{}/+-]{1,255})"/;
const ID = /"_id"\s*:\s*"(?<id>[\w.:@=/+-]{1,512})"/;

/**
 * Follows the lines of a `_bulk` body without parsing a document: each action is a line, and all but `delete` are followed by
 * a line with the document. https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
export const createBulk = () => {
  const items: Item[] = [];
  /** The action line so far. */
  let held = '';
  let inDocument = false;
  let wrong: Why | undefined;

  const actionEnded = (line: string): void => {
    // rsyslog puts an empty line after each document.
    if (line.trim() === '') return;
    const item = itemOf(line);
    if (!item) wrong ??= 'malformed';
    else if (items.length >= MOST_ACTIONS) wrong ??= 'too-large';
    else items.push(item);
    inDocument = item?.action !== 'delete';
  };
  const ended = (): void => {
    if (inDocument) inDocument = false;
    else actionEnded(held);
    held = '';
  };

  return {
    see(chunk: Uint8Array): void {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (let at = 0; at < bytes.length && !wrong; ) {
        const end = bytes.indexOf(NEWLINE, at);
        const to = end < 0 ? bytes.length : end;
        if (!inDocument) held += bytes.toString('latin1', at, Math.min(to, at + LONGEST_ACTION));
        if (held.length >= LONGEST_ACTION) wrong = 'malformed';
        if (end >= 0) ended();
        at = to + 1;
      }
    },
    fault(): Why | undefined {
      if (held !== '') ended();
      return wrong ?? (items.length === 0 ? 'empty' : undefined);
    },
    /** The `items` of the answer, as JSON. */
    answered: (): string => items.map(answerOf).join(','),
    /** The same when none was taken: each may come again. */
    limited: (reason: string): string => items.map(limitedOf(reason)).join(','),
  };
};

const itemOf = (line: string): Item | undefined => {
  const { action } = ACTION.exec(line)?.groups ?? {};
  return action
    ? { action, index: INDEX.exec(line)?.groups?.['index'] ?? '_', id: ID.exec(line)?.groups?.['id'] }
    : undefined;
};

const STATUS: Readonly<Record<string, readonly [status: number, result: string]>> = {
  create: [201, 'created'],
  index: [201, 'created'],
  update: [200, 'updated'],
  delete: [200, 'deleted'],
};

const said = ({ action, index, id }: Item, at: number, rest: string): string =>
  `{"${action}":{"_index":"${index}","_id":"${id ?? at}",${rest}}}`;

const answerOf = (item: Item, at: number): string => {
  const [status, result] = STATUS[item.action] ?? [200, 'noop'];
  return said(item, at, `"_version":1,"result":"${result}","status":${status}`);
};

const limitedOf = (reason: string) => {
  const rest = `"status":429,"error":${JSON.stringify({ type: 'es_rejected_execution_exception', reason })}`;
  return (item: Item, at: number): string => said(item, at, rest);
};
