import { closeSync, openSync, readSync } from 'node:fs';
import { advance, type LineMark } from './lines.ts';
import type { Unit } from './unit.ts';

const READ = 1024 * 1024;
const START: LineMark = { newlines: 0, lineStart: 0 };

/** Tells the line mark at which a range of a file begins: reads what is before it, but nothing twice. */
export const createCarry = () => {
  const buffer = Buffer.allocUnsafeSlow(READ);
  let known = { path: '', at: 0, mark: START };
  return ({ file, from }: Unit): LineMark => {
    if (from === 0) return START;
    if (known.path !== file.path || known.at > from) known = { path: file.path, at: 0, mark: START };
    let { at, mark } = known;
    const fd = openSync(file.raw, 'r');
    try {
      while (at < from) {
        const piece = buffer.subarray(0, readSync(fd, buffer, 0, Math.min(READ, from - at), at));
        if (piece.length === 0) break;
        mark = advance(mark, at, piece);
        at += piece.length;
      }
    } finally {
      closeSync(fd);
    }
    known = { path: file.path, at, mark };
    return mark;
  };
};
