import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHead, HEAD, type Head, type Line, lines, segments } from './journal-files.ts';
import { digest, fromLine, type Gap, GENESIS } from './journal-line.ts';

/** Where the chain stands. */
export interface Chain {
  readonly seq: number;
  /** Hash of the last line. */
  readonly last: string;
  /** Of the segment: its lines and bytes. */
  readonly records: number;
  readonly bytes: number;
}

const emptyChain: Chain = { seq: 0, last: GENESIS, records: 0, bytes: 0 };

/** What a journal is found like at start. */
export interface Found {
  readonly chain: Chain;
  /** The segment that the chain ends in; absent when there is none. */
  readonly file: string | undefined;
  /** To be declared before anything else is written. */
  readonly gaps: readonly Gap[];
  /** The segment cannot be continued: what stands after the chain is not ours to cut. */
  readonly broken: boolean;
}

interface Scan {
  chain: Chain;
  /** Of a line that does not continue the chain. */
  bad: boolean;
  tail: Line | undefined;
  /** The record that was acknowledged last is not what it was. */
  changed: boolean;
}

const scan = async (path: string, head: Head | undefined): Promise<Scan> => {
  const result: Scan = { chain: emptyChain, bad: false, tail: undefined, changed: false };
  for await (const line of lines(path)) {
    if (!line.ended) {
      result.tail = line;
      break;
    }
    const record = fromLine(line.bytes);
    const { chain } = result;
    const follows = record && (chain.records === 0 || (record.prev === chain.last && record.seq === chain.seq + 1));
    if (!follows) return { ...result, bad: true };
    result.chain = {
      seq: record.seq,
      last: digest(line.bytes),
      records: chain.records + 1,
      bytes: line.offset + line.bytes.length + 1,
    };
    if (record.seq === head?.seq) result.changed = result.chain.last !== head.hash;
  }
  return result;
};

/** Hash and size of what stands after `start`. */
const after = async (path: string, start: number): Promise<{ bytes: number; sha256: string }> => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { start }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
};

/** Acknowledged records that are no longer there. */
const missing = (head: Head | undefined, { seq }: Chain): Gap[] =>
  head === undefined || head.seq <= seq ? [] : [{ file: HEAD, why: 'missing', from: seq + 1, to: head.seq }];

/**
 * Finds the end of the chain, and cuts a torn last line: a write that was never acknowledged. A line in the middle that
 * does not continue the chain is left as it is, for `verifyJournal` to name.
 */
export const recover = async (folder: string): Promise<Found> => {
  const head = fromHead(await readFile(join(folder, HEAD), 'utf8').catch(() => ''));
  const gaps: Gap[] = [];
  let broken = false;
  for (const file of (await segments(folder)).toReversed()) {
    const path = join(folder, file);
    const { chain, bad, tail, changed } = await scan(path, head);
    if (changed && head) gaps.push({ file, why: 'changed', from: head.seq, to: head.seq });
    if (bad) {
      gaps.push({ file, why: 'unreadable', ...(await after(path, chain.bytes)) });
      broken = true;
    } else if (tail) {
      gaps.push({ file, why: 'torn tail', bytes: tail.bytes.length, sha256: digest(tail.bytes) });
      await truncate(path, chain.bytes);
    }
    if (chain.records > 0) return { chain, file, gaps: [...gaps, ...missing(head, chain)], broken };
    if (!bad) await rm(path);
  }
  return { chain: emptyChain, file: undefined, gaps: [...gaps, ...missing(head, emptyChain)], broken };
};
