import { setImmediate as turn } from 'node:timers/promises';
import { isBroken } from './unpack-budget.ts';
import { inflateNext } from './unpack-inflate.ts';
import { createIntake, type Intake } from './unpack-intake.ts';
import { type ArchiveEvent, type Beside, createBeside } from './unpack-members.ts';
import { takeDescriptor, takePart, takeUnknown, type ZipFile } from './unpack-zip-parts.ts';

const [STORED, DEFLATED] = [0, 8];
const NEWLINE = Buffer.from('\n');
const CUT = 'damaged or cut off zip';

/** After so many parts others have their turn: a part may be four bytes. */
const BREATH = 128;

/**
 * Reads a zip from its first byte to its last, without its directory: one that was cut off gives what it has. No byte is
 * passed over: what is no file's content is said as text. `count` is called for each part, and throws for too many.
 */
export async function* readZip(bytes: AsyncIterable<Buffer>, count: () => void): AsyncGenerator<ArchiveEvent> {
  const from = createIntake(bytes);
  const beside = createBeside();
  let ended = false;
  let unknown = false;
  for (let parts = 1; (await from.ahead(1)).length > 0; parts += 1) {
    count();
    if (parts % BREATH === 0) await turn();
    const part = await takePart(from);
    if (!part) unknown = (yield* readUnknown(from, beside)) || unknown;
    else beside.add(...part.texts);
    ended = part?.is === 'end' || (ended && !part);
    if (beside.isMuch()) yield* beside.say();
    if (part?.file && part.file.size !== 0) yield* readFile(part.file, from);
  }
  yield* beside.say();
  if (ended && !unknown) return;
  yield { say: 'member' };
  yield { say: 'damaged', why: ended ? 'bytes of a zip that are no file in it' : CUT };
}

/** How the signatures of an Android package end, before its directory. https://source.android.com/docs/security/features/apksigning/v2 */
const SIGNED = Buffer.from('APK Sig Block 42');

/** What is at no place of a zip where it should be; gives whether it is more than zeros, or signatures. */
async function* readUnknown(from: Intake, beside: Beside): AsyncGenerator<ArchiveEvent, boolean> {
  let isOpen = false;
  let isMore = false;
  let last: Buffer = Buffer.alloc(0);
  for await (const bytes of takeUnknown(from, 1)) {
    isMore ||= bytes.some((byte) => byte !== 0);
    last = Buffer.concat([last, bytes.subarray(-SIGNED.length)]).subarray(-SIGNED.length);
    if (isOpen) yield { say: 'bytes', bytes };
    // A copy: a few bytes would keep all that they were read with.
    else beside.add(Buffer.from(bytes));
    if (isOpen || !beside.isMuch()) continue;
    yield* beside.say();
    isOpen = true;
  }
  return isMore && !last.equals(SIGNED);
}

async function* readFile(file: ZipFile, from: Intake): AsyncGenerator<ArchiveEvent> {
  const { name, method, size } = file;
  const start = from.taken();
  yield { say: 'member', name };
  let why = whyNot(file);
  if (method === DEFLATED && why === undefined) {
    try {
      for await (const bytes of inflateNext('deflate', from, size)) yield { say: 'bytes', bytes };
    } catch (error) {
      if (!isBroken(error) || error.broken === 'whole') throw error;
      why = (await from.ahead(1)).length > 0 ? 'encrypted or damaged zip' : CUT;
    }
    if (size !== undefined && from.taken() - start < size) why ??= CUT;
    if (why !== undefined) yield { say: 'bytes', bytes: NEWLINE };
  }
  if (size === undefined) {
    if (method !== DEFLATED || why !== undefined) yield* asTheyStand(takeUnknown(from, 0));
    await takeDescriptor(from);
  } else {
    yield* asTheyStand(takeUpTo(from, start + size));
    if (from.taken() < start + size) why ??= CUT;
  }
  if (why !== undefined) yield { say: 'damaged', why };
}

/** Why a file's content cannot be unpacked. */
const whyNot = ({ method, encrypted }: ZipFile): string | undefined => {
  if (encrypted) return 'encrypted or damaged zip';
  return method === STORED || method === DEFLATED ? undefined : `zip method ${method} is not known`;
};

async function* asTheyStand(pieces: AsyncIterable<Buffer>): AsyncGenerator<ArchiveEvent> {
  for await (const bytes of pieces) yield { say: 'bytes', bytes };
}

async function* takeUpTo(from: Intake, end: number): AsyncGenerator<Buffer> {
  while (from.taken() < end && (await from.ahead(1)).length > 0) yield from.take(end - from.taken());
}
