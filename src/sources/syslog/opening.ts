import type { Rejection } from '../../core/facts.ts';
import { peek } from '../peek.ts';
import { createBudget, isBroken, unpackLimits } from '../unpack-budget.ts';
import { BadPacking, inflate, unpacked } from '../unpacked.ts';
import { isZlib } from './packed-message.ts';

/** What a connection brings cannot be read, or not any more. */
export class Unreadable extends Error {
  readonly reason: Rejection;
  constructor(reason: Rejection, message: string) {
    super(message);
    this.name = 'Unreadable';
    this.reason = reason;
  }
}

/** `ContentType` handshake, and a version: https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
const TLS = Buffer.of(0x16, 0x03);
/** How a session is opened, for whose answer its sender waits: https://github.com/rsyslog/librelp/blob/v1.11.0/doc/relp.html */
const RELP = /^1 open \d+ relp_/;
const NEWLINE = Buffer.from('\n');

/**
 * What a connection brings, unpacked if it is one stream of zlib (rsyslog: `compression.mode="stream:always"`). Rejects as
 * the chunks do, or with `Unreadable`.
 */
export async function* opened(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Buffer> {
  const { start, all } = await peek(chunks, { least: TLS.length, most: TLS.length });
  if (start.equals(TLS)) throw new Unreadable('unsupported_type', 'TLS is not spoken at SYSLOG_TCP, but at SYSLOG_TLS');
  if (isZlib(start)) return yield* inflated(all);
  let isFirst = true;
  for await (const chunk of all as AsyncGenerator<Buffer>) {
    if (isFirst && RELP.test(chunk.toString('latin1', 0, 32)))
      throw new Unreadable('unsupported_type', 'RELP is not spoken, send by TCP (omfwd) to SYSLOG_TCP or SYSLOG_TLS');
    isFirst = false;
    yield chunk;
  }
}

async function* inflated(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Buffer> {
  // It has no end; what is scanned is not kept, so only what grows beyond all measure is a bomb.
  const budget = createBudget({ ...unpackLimits, bytes: Number.POSITIVE_INFINITY });
  let last: Uint8Array = NEWLINE;
  const came = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      budget.packed(chunk.length);
      last = chunk;
      yield chunk;
    }
  };
  try {
    for await (const piece of unpacked(came(), inflate())) {
      budget.unpacked(piece.length);
      yield piece;
    }
  } catch (error) {
    if (isBroken(error)) throw new Unreadable('too_large', `a packed stream ${error.message}`);
    if (!(error instanceof BadPacking)) throw error;
    if (isCutOff(error)) return;
    // Or it only looks packed: then what hides there stands in clear.
    yield Buffer.concat([NEWLINE, last]);
    throw new Unreadable('malformed', 'a packed stream is damaged');
  }
}

/** It ends before its end, as the connection does. */
const isCutOff = ({ cause }: BadPacking): boolean => (cause as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
