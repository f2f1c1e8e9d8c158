import type { Origin } from '../../core/origin.ts';
import type { Blobs } from '../git-blobs.ts';
import type { PatchHears } from '../git-patch.ts';
import { type Outlet, PIECE } from '../outlet.ts';
import { archiveIn } from '../unpack.ts';
import { createArchiveGuess, type Guess } from '../unpack-guess.ts';
import { pourUnpacked } from './download.ts';
import { GithubRefusal } from './refusal.ts';

interface PourNeeds {
  readonly outlet: Outlet;
  readonly blobs: Blobs;
  /** Of a file of a commit, or without one of its message. */
  originOf(commit: string, path?: string): Origin;
  /** What could not be unpacked. */
  unread(origin: Origin, error: unknown): void;
}

/** Pours what a patch says: of each commit its message, then what it adds, file by file, and what is in archives. */
export const createPatchPour = (needs: PourNeeds) => {
  const { outlet, originOf } = needs;
  const [unpack, guess] = [createUnpacking(needs), createArchiveGuess()];
  const waiting: (() => Promise<void>)[] = [];
  const pen = createPen(outlet, waiting);
  const names = createNames(outlet, waiting);
  let commit = '';
  let path: string | undefined;
  let blob = '';
  let begun = 0;

  const close = (): void => {
    pen.close();
    names.pour();
  };

  const hears: PatchHears = {
    commit(id) {
      close();
      [commit, path] = [id, undefined];
      waiting.push(async () => {
        begun += 1;
      });
    },
    message: (bytes) => pen.write(bytes, () => originOf(commit)),
    file(name, id) {
      pen.close();
      [path, blob] = [name, id];
      guess.file(name);
      names.add(name, () => originOf(commit));
    },
    hunk(line) {
      guess.hunk(line);
      if (pen.isDown()) pen.write(BETWEEN, () => originOf(commit, path));
    },
    added(bytes) {
      const of = blob === '' ? 'packed' : guess.added(bytes);
      if (blob !== '' && of !== 'text') waiting.push(unpack({ id: blob, of }, originOf(commit, path)));
      if (of === 'packed') blob = '';
      else pen.write(bytes, () => originOf(commit, path));
    },
  };
  return {
    hears,
    close,
    /** Pours all that was heard; `step` is awaited after each text. Rejects as `Outlet` does. */
    async settle(step: () => Promise<void>): Promise<void> {
      for (const next of waiting.splice(0)) {
        await next();
        await step();
      }
    },
    /** Commits that are poured whole. */
    finished: (): number => Math.max(0, begun - 1),
  };
};

const BETWEEN = Buffer.from('\n');

/** Pours what is in an archive that a commit brings. */
const createUnpacking =
  ({ outlet, blobs, unread }: PourNeeds) =>
  ({ id, of }: { readonly id: string; readonly of: Guess }, origin: Origin) =>
  async (): Promise<void> => {
    const whole = await blobs.read(id);
    if (!whole) return unread(origin, new GithubRefusal(200, 'a blob that git does not have', { unreadable: true }));
    const bytes = of === 'packed' ? whole : await archiveIn(whole);
    if (!bytes) return;
    const inside = (file: string): Origin => ({ ...origin, locator: `${origin.locator}${file}` });
    await pourUnpacked(bytes, { outlet, origin: inside }).catch((error: unknown) => unread(origin, error));
  };

/** Gathers the lines of one text; a long one is poured as it grows. What is to be done is added to `waiting`. */
const createPen = (outlet: Outlet, waiting: (() => Promise<void>)[]) => {
  let lines: Uint8Array[] = [];
  let size = 0;
  let origin: Origin | undefined;
  let open: ReturnType<Outlet['open']> | undefined;

  const gathered = (): Uint8Array => {
    const [first] = lines;
    const bytes = first && lines.length === 1 ? first : Buffer.concat(lines);
    lines = [];
    size = 0;
    return bytes;
  };
  const spill = (to: ReturnType<Outlet['open']>): void => {
    const bytes = gathered();
    waiting.push(() => to.put(bytes));
  };
  return {
    isDown: (): boolean => origin !== undefined,
    write(bytes: Uint8Array, at: () => Origin): void {
      origin ??= at();
      lines.push(bytes);
      size += bytes.length;
      if (size < PIECE) return;
      open ??= outlet.open(origin);
      spill(open);
    },
    close(): void {
      const [where, to] = [origin, open];
      [origin, open] = [undefined, undefined];
      if (to) {
        spill(to);
        waiting.push(to.end);
      } else if (where) {
        const bytes = gathered();
        waiting.push(() => outlet.text(bytes, where));
      }
    },
  };
};

const MOST_NAMES = 1_000;

/** A file's name is text that somebody wrote. Those of a commit are one text: each alone would cost what a small file does. */
const createNames = (outlet: Outlet, waiting: (() => Promise<void>)[]) => {
  let names: string[] = [];
  let origin: Origin | undefined;
  const pour = (): void => {
    const [text, where] = [Buffer.from(names.join('\n')), origin];
    if (where) waiting.push(() => outlet.text(text, where));
    names = [];
    origin = undefined;
  };
  return {
    pour,
    add(name: string, at: () => Origin): void {
      origin ??= at();
      names.push(name);
      if (names.length >= MOST_NAMES) pour();
    },
  };
};
