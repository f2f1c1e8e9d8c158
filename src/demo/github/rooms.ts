import type { Remark, Thread } from './issue-shapes.ts';

interface Room {
  readonly threads: Map<number, Thread>;
  readonly comments: Map<number, { remark: Remark; thread: Thread }>;
}

/** Changes what is given and tells what it was, as `changes` of an `edited` event. */
export const edit = (
  what: { title?: string; body: string; updatedAt: number },
  to: { title?: string; body?: string },
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

/** The state of all talk: threads by number, comments by id. */
export const createRooms = (now: () => number) => {
  const rooms = new Map<string, Room>();
  let lastId = 1_000_000;
  const room = (repository: string): Room => {
    const known = rooms.get(repository) ?? { threads: new Map(), comments: new Map() };
    rooms.set(repository, known);
    return known;
  };
  return {
    room,
    remark(body: string, login = 'octocat'): Remark {
      lastId += 1;
      return { id: lastId, login, body, createdAt: now(), updatedAt: now() };
    },
    open(
      repository: string,
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
    thread(repository: string, number: number): Thread {
      const thread = room(repository).threads.get(number);
      if (!thread) throw new Error(`${repository} has no #${number}`);
      return thread;
    },
    comment(repository: string, id: number) {
      const comment = room(repository).comments.get(id);
      if (!comment) throw new Error(`${repository} has no comment ${id}`);
      return comment;
    },
  };
};

export type Rooms = ReturnType<typeof createRooms>;
