import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, send } from './http.ts';

/** One way in which a real API, or the network before it, misbehaves. */
export type Fault =
  /** Answers rightly, but `ms` late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'hang' }
  /** Resets the connection; nothing was done. */
  | { readonly kind: 'reset' }
  /** 200 with a web page: a captive portal or a proxy. */
  | { readonly kind: 'html200' }
  /** Half of the JSON: `clean` ends the answer properly, `cut` drops the connection in the middle (default: clean). */
  | { readonly kind: 'truncated'; readonly end?: 'clean' | 'cut' }
  /** 200 with a body that never ends. */
  | { readonly kind: 'huge' }
  /** 302; by default to /redirected here, which answers everything with a believable `{"api_key": null}`. */
  | { readonly kind: 'redirect'; readonly location?: string }
  /** A status with a body of the caller's choice; nothing was done. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Says that all went well (204 without a body) and does nothing. */
  | { readonly kind: 'lying204' }
  /** Does what was asked, then resets the connection instead of answering. */
  | { readonly kind: 'lostAnswer' }
  /** 200 with an empty object. */
  | { readonly kind: 'missingField' }
  /** 200 with fields of the wrong types. */
  | { readonly kind: 'wrongShape'; readonly body?: unknown };

/** A request at the moment of its fault: `act` does what was asked and gives the right answer. */
export interface Turn {
  readonly response: ServerResponse;
  act(): Answer | Promise<Answer>;
}

type Plays = { readonly [K in Fault['kind']]: (turn: Turn, fault: Extract<Fault, { kind: K }>) => unknown };

const HTML = Buffer.from('<!doctype html><html><body><h1>Welcome to the guest network</h1></body></html>');
const WRONG = { api_key: { object: 'api_key', id: 42, owner: 'org', permissions: {}, created_at: false } };

const endless = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(65_536, 'x');
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"api_key":null,"padding":"');
  const more = (): void => {
    let room = true;
    while (room && !response.destroyed) room = response.write(chunk);
  };
  response.on('drain', more);
  more();
};

const half = async ({ response, act }: Turn, end: 'clean' | 'cut'): Promise<void> => {
  const answer = await act();
  const whole = Buffer.from(JSON.stringify(answer.body ?? { padding: 'x'.repeat(64) }));
  const part = whole.subarray(0, whole.length >> 1);
  const length = end === 'cut' ? whole.length : part.length;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
  if (end === 'clean') response.end(part);
  else response.write(part, () => response.destroy());
};

const PLAYS: Plays = {
  slow: async ({ response, act }, { ms }) => {
    await sleep(ms);
    send(response, await act());
  },
  hang: () => undefined,
  reset: ({ response }) => response.socket?.resetAndDestroy(),
  html200: ({ response }) => send(response, { status: 200, body: HTML, headers: { 'content-type': 'text/html' } }),
  truncated: (turn, { end = 'clean' }) => half(turn, end),
  huge: ({ response }) => endless(response),
  redirect: ({ response }, { location = '/redirected' }) => send(response, { status: 302, headers: { location } }),
  status: ({ response }, { status, body, headers = {} }) => send(response, { status, body, headers }),
  lying204: ({ response }) => send(response, { status: 204 }),
  lostAnswer: async ({ response, act }) => {
    await act();
    response.socket?.resetAndDestroy();
  },
  missingField: ({ response }) => send(response, { status: 200, body: {} }),
  wrongShape: ({ response }, { body = WRONG }) => send(response, { status: 200, body }),
};

/** Misbehaves once, in the way the fault says. */
export const play = async (fault: Fault, turn: Turn): Promise<void> => {
  await PLAYS[fault.kind](turn, fault as never);
};

/** Where and how often a fault strikes; without a route: everywhere; without `times`: until cleared. */
export interface Aim<Route extends string> {
  readonly route?: Route;
  readonly times?: number;
}

/** An injected fault: how often it struck so far, and the way to end it. */
export interface Injection {
  readonly struck: number;
  clear(): void;
}

/** The faults now switched on, oldest first; each request meets at most one of them. */
export interface Faults<Route extends string> {
  inject(fault: Fault, aim?: Aim<Route>): Injection;
  /** The fault this request must meet, if any; counts as one strike. */
  strike(route: Route): Fault | undefined;
  clear(): void;
}

export const createFaults = <Route extends string>(): Faults<Route> => {
  let on: { fault: Fault; aim: Aim<Route>; struck: number }[] = [];
  return {
    inject(fault, aim = {}) {
      const entry = { fault, aim, struck: 0 };
      on.push(entry);
      return {
        get struck() {
          return entry.struck;
        },
        clear: () => {
          on = on.filter((other) => other !== entry);
        },
      };
    },
    strike(route) {
      if (on.length === 0) return undefined;
      const entry = on.find(
        ({ aim, struck }) => (aim.route ?? route) === route && struck < (aim.times ?? Number.POSITIVE_INFINITY),
      );
      if (!entry) return undefined;
      entry.struck += 1;
      return entry.fault;
    },
    clear() {
      on = [];
    },
  };
};
