import type { Remark, Thread } from './issue-shapes.ts';

/** Where something was said: in a thread, as a review of one, on a line of one, or on a commit. */
export type On =
  | { readonly kind: 'thread' | 'review'; readonly thread: Thread }
  | { readonly kind: 'line'; readonly thread: Thread; readonly path: string }
  | { readonly kind: 'commit'; readonly sha: string };

export interface Saying {
  readonly remark: Remark;
  readonly on: On;
}

interface Room {
  readonly threads: Map<number, Thread>;
  readonly said: Map<number, Saying>;
}

/** Changes what is given and tells what it was, as `changes` of an `edited` event. */
export const edit = (
  what: { title?: string; body: string; updatedAt: number },
  to: { title?: string | undefined; body?: string | undefined },
  at: number,
) => {
  const changes: Record<string, { from: string }> = {};
  if (to.title !== undefined && what.title !== undefined) {
    changes['title'] = { from: what.title };
    what.title = to.title;
  }
  if (to.body !== undefined) {
    changes['body'] = { from: what.body };
    what.body = to.body;
  }
  what.updatedAt = at;
  return changes;
};

/** The state of all talk, by the id of the repository: threads by number, what was said by id. */
export const createRooms = (now: () => number) => {
  const rooms = new Map<number, Room>();
  let lastId = 1_000_000;
  const room = ({ id }: { readonly id: number }): Room => {
    const known = rooms.get(id) ?? { threads: new Map(), said: new Map() };
    rooms.set(id, known);
    return known;
  };
  return {
    room,
    say(repository: { id: number }, on: On, { body, login = 'octocat' }: { body: string; login?: string }): Saying {
      lastId += 1;
      const saying = { on, remark: { id: lastId, login, body, createdAt: now(), updatedAt: now() } };
      room(repository).said.set(lastId, saying);
      if (on.kind === 'thread') on.thread.comments += 1;
      return saying;
    },
    open(
      repository: { id: number },
      text: { title: string; body: string; login?: string },
      more: Partial<Thread> = {},
    ): Thread {
      const { threads } = room(repository);
      const { title, body, login = 'octocat' } = text;
      const number = more.number ?? Math.max(0, ...threads.keys()) + 1;
      const thread = { title, body, login, createdAt: now(), updatedAt: now(), comments: 0, ...more, number };
      threads.set(number, thread);
      return thread;
    },
    thread(repository: { id: number }, number: number): Thread {
      const thread = room(repository).threads.get(number);
      if (!thread) throw new Error(`there is no #${number}`);
      return thread;
    },
    said(repository: { id: number }, id: number): Saying {
      const saying = room(repository).said.get(id);
      if (!saying) throw new Error(`there is no comment ${id}`);
      return saying;
    },
  };
};

export type Rooms = ReturnType<typeof createRooms>;
