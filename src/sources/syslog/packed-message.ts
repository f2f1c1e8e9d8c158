import { constants, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { Rejection } from '../../core/facts.ts';
import { zlibHeads } from '../../core/zlib-head.ts';
import type { TurnAway } from './turn-away.ts';

/** What was packed in a message, as far as it can be had. */
export interface Opened {
  readonly text: Buffer;
  /** Why that is not all. */
  readonly wrong?: Wrong;
  /** What could not be unpacked, as it stands: it may be none, and only look so. */
  readonly clear?: Buffer;
}
type Wrong = Extract<Rejection, 'malformed' | 'too_large'>;

/** More is a bomb, and cut. */
const MOST = 1024 * 1024;
/** Deflate makes no more of a byte (https://zlib.net/zlib_tech.html). */
const MOST_TIMES = 1032;
/** Of less than that no part is tried. */
const PARTED = 512;
const NEWLINE = Buffer.from('\n');

type Unpack = (bytes: Uint8Array, options: ZlibOptions) => Buffer;

/** `z` before zlib's own head: https://github.com/rsyslog/rsyslog/blob/v8.2302.0/runtime/parser.c, uncompressMessage. */
const MARK = 0x7a;

/** How zlib begins; two bytes tell. */
export const isZlib = (bytes: Uint8Array, at = 0): boolean =>
  zlibHeads.has(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
/** How a message begins that rsyslog packed; three bytes tell. */
export const isMarked = (bytes: Uint8Array, at = 0): boolean => bytes[at] === MARK && isZlib(bytes, at + 1);
export const mayBeMarked = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === MARK && (at + 1 === bytes.length || (at + 2 === bytes.length && bytes[at + 1] === 0x78));
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
/** A part of a message in GELF: https://go2docs.graylog.org/current/getting_in_log_data/gelf.html */
const isChunk = (bytes: Uint8Array): boolean => bytes[0] === 0x1e && bytes[1] === 0x0f;
const CHUNKS = 'chunks of a message in GELF are not joined, send it over TCP to SYSLOG_TCP';

/** A message that is packed in the way of rsyslog, or as gzip or zlib, which GELF is; undefined: it is not. */
export const openMessage = (message: Buffer): Opened | undefined => {
  if (isGzip(message)) return open(message, gunzipSync);
  if (isZlib(message)) return open(message, inflateSync);
  return isMarked(message) ? open(message.subarray(1), inflateSync) : undefined;
};

/** All that there is to be read of a message. */
export const allOf = ({ text, clear }: Opened): Buffer => (clear ? Buffer.concat([text, NEWLINE, clear]) : text);

/** Whether what came so far of a message of rsyslog cannot go on to be one. */
export const isDamaged = (message: Buffer): boolean => {
  try {
    inflateSync(message.subarray(1), { maxOutputLength: MOST, finishFlush: constants.Z_SYNC_FLUSH });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE';
  }
};

const open = (bytes: Buffer, unpack: Unpack): Opened => {
  try {
    // With `info` Node gives more than its types say: https://nodejs.org/api/zlib.html#class-options
    const all: unknown = unpack(bytes, { maxOutputLength: MOST, info: true });
    const { buffer, engine } = all as { buffer: Buffer; engine: { bytesWritten: number } };
    const behind = bytes.subarray(engine.bytesWritten);
    if (behind.every((byte) => byte === 0)) return { text: buffer };
    return { text: buffer, clear: behind, wrong: 'malformed' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const text = beginning(bytes, unpack, code);
    if (code === 'ERR_BUFFER_TOO_LARGE') return { text, wrong: 'too_large' };
    return { text, clear: bytes, wrong: 'malformed' };
  }
};

/** What can be had where all of it fails. */
const beginning = (bytes: Buffer, unpack: Unpack, code = ''): Buffer => {
  const { length } = bytes;
  const parts = length < PARTED ? [] : [length >> 1, length >> 3];
  if (code === 'Z_BUF_ERROR') parts.unshift(length); // It is cut off.
  if (code === 'ERR_BUFFER_TOO_LARGE') parts.push(Math.floor(MOST / MOST_TIMES));
  for (const part of parts) {
    try {
      const options = { maxOutputLength: MOST, finishFlush: constants.Z_SYNC_FLUSH };
      return unpack(bytes.subarray(0, part), options);
    } catch {
      // Then less of it.
    }
  }
  return Buffer.alloc(0);
};

/** Says what is wrong with a message that was packed. */
export const tellWrong = (turnAway: TurnAway, wrong: Wrong, from: string): void =>
  turnAway.message(wrong, `a packed message is ${wrong === 'malformed' ? 'damaged' : 'too long, and cut'}: ${from}`);

/** What a datagram says. A part of a message is read as it stands, which shows only what is whole there, and in clear. */
export const createReading =
  (turnAway: TurnAway) =>
  (message: Buffer, from: string): Buffer => {
    const sender = `${from} (udp)`;
    if (isChunk(message)) turnAway.message('unsupported_type', `${CHUNKS}: ${sender}`);
    const opened: Opened = openMessage(message) ?? { text: message };
    if (opened.wrong) tellWrong(turnAway, opened.wrong, sender);
    return allOf(opened);
  };
