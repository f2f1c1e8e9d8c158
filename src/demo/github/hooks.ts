import { randomUUID } from 'node:crypto';
import { bodyOf, type DeliverOptions, type HookKind, type Parcel, pack, post, type Receipt } from './parcel.ts';
import { userId } from './shapes.ts';

/** One attempt to deliver a webhook. */
export interface Delivery {
  /** Larger than 2^53, as GitHub's are since February 2026: decimal digits. */
  readonly id: string;
  /** X-GitHub-Delivery: the same for every attempt of one event. */
  readonly guid: string;
  readonly event: string;
  /** The receiver's HTTP status; 0 when there was no answer in time, or none at all. */
  readonly status: number;
  /** The receiver's answer, at most 1,000 characters; or why there was none. */
  readonly answer: string;
  /** Milliseconds since 1970 when it was sent. */
  readonly at: number;
  readonly durationMs: number;
  readonly redelivery: boolean;
}

/** A delivery with all that the API tells of it. */
export interface Attempt extends Delivery {
  readonly hook: Hook;
  readonly parcel: Parcel;
  readonly receipt: Receipt;
  readonly url: string;
  readonly repository: string | undefined;
}

export interface Hook {
  readonly id: number;
  readonly kind: HookKind;
  /** The full name of a repository, or the account of an organization; '' for the App. */
  readonly target: string;
  readonly targetId: number;
  readonly secret: string;
  readonly events: readonly string[];
  readonly createdAt: number;
  /** Where it leads now; undefined: nowhere, and nothing is sent. */
  readonly url: () => string | undefined;
}

export interface HookNeeds {
  readonly secret: string;
  readonly now: () => number;
  /** How long the receiver may take; GitHub gives 10 s. */
  readonly timeoutMs: number;
  /** Signs what the App's hook sends; default: `secret`. */
  readonly appSecret?: string | undefined;
  /** Is a repository covered by the App, so that its hook is told of it? */
  readonly covers: (repository: string) => boolean;
  /** When it is aborted, receivers are not waited for any longer. */
  readonly closed: AbortSignal;
}

interface NewHook {
  readonly kind: HookKind;
  readonly target: string;
  readonly url: string;
  readonly secret?: string;
  readonly events?: readonly string[];
}

/** The webhook dispatcher: signs, sends, and remembers. */
export interface Hooks {
  /** Where every event goes, by a hook of this kind on each repository, on each organization, or of the App. */
  setUrl(url: string | undefined, kind?: HookKind): void;
  /** One more hook, beside the one of `setUrl`; gives its id. */
  add(hook: NewHook): number;
  /** Sends one event; undefined when there is nowhere to send it, or it is over 25 MB, which GitHub never sends. */
  deliver(event: string, payload: object | string | Buffer, options?: DeliverOptions): Promise<Delivery | undefined>;
  /** Sends the first attempt of this guid once more, byte by byte; rejects when there was none. */
  redeliver(guid: string): Promise<Delivery>;
  deliveries(): readonly Delivery[];
  /** The hooks that hang there. */
  hooksOf(kind: HookKind, target: string): readonly Hook[];
  /** All attempts, oldest first. */
  attempts(): readonly Attempt[];
  /** Makes one attempt once more. */
  again(attempt: Attempt): Promise<Delivery>;
}

const PAYLOAD_LIMIT = 25 * 1024 * 1024;
const HOOK_ID = 109948940;
const FIRST_DELIVERY = 3804004623172239366n;
const STEP = 1_000_003n;

const targetOf = (kind: HookKind, payload: unknown): string => {
  const { repository } = (payload ?? {}) as { repository?: { full_name?: string; owner?: { login?: string } } };
  return (kind === 'repository' ? repository?.full_name : kind === 'app' ? '' : repository?.owner?.login) ?? '';
};

/** The payload as an object, also when it was given as JSON. */
const readPayload = (payload: object | string | Buffer, body: Buffer): unknown => {
  if (typeof payload === 'object' && !Buffer.isBuffer(payload)) return payload;
  try {
    return JSON.parse(body.toString());
  } catch {
    return {};
  }
};

/** The hook that `setUrl` hangs on everything of one kind: one hook per target, made when it is first met. */
const createMain = ({ secret, appSecret = secret, now }: HookNeeds) => {
  const made = new Map<string, Hook>();
  let main: { url: string | undefined; kind: HookKind } = { url: undefined, kind: 'repository' };
  return {
    set: (url: string | undefined, kind: HookKind) => {
      main = { url, kind };
    },
    kind: () => main.kind,
    url: () => main.url,
    hook(target: string): Hook {
      const { kind } = main;
      const known = made.get(`${kind} ${target}`);
      const of = { id: HOOK_ID + made.size, kind, target, targetId: userId(target), events: ['*'] };
      const signs = { secret: kind === 'app' ? appSecret : secret };
      const hook = known ?? {
        ...of,
        ...signs,
        createdAt: now(),
        url: () => (main.kind === kind ? main.url : undefined),
      };
      made.set(`${kind} ${target}`, hook);
      return hook;
    },
  };
};

const createSending = ({ now, timeoutMs, closed }: HookNeeds) => {
  const record: Attempt[] = [];
  let lastId = FIRST_DELIVERY;
  const attempt = async (sent: Omit<Attempt, keyof Delivery | 'receipt'>, redelivery: boolean) => {
    const { url, parcel } = sent;
    const { guid, event } = parcel;
    const [at, start] = [now(), performance.now()];
    const receipt = await post(url, parcel, { timeoutMs, closed });
    const durationMs = performance.now() - start;
    lastId += STEP;
    const { status, answer } = receipt;
    const all = { ...sent, receipt, id: String(lastId), guid, event, status, answer, at, durationMs, redelivery };
    record.push(all);
    return all;
  };
  const again = (one: Attempt): Promise<Attempt> => attempt({ ...one, url: one.hook.url() ?? one.url }, true);
  return { record, attempt, again };
};

export const createHooks = (needs: HookNeeds): Hooks => {
  const main = createMain(needs);
  const { record, attempt, again } = createSending(needs);
  const extra: Hook[] = [];

  const meant = (event: string, payload: unknown): Hook[] => {
    const first = main.url() === undefined ? [] : [main.hook(targetOf(main.kind(), payload))];
    const wants = ({ events, kind, target }: Hook): boolean =>
      (events.includes('*') || events.includes(event)) && targetOf(kind, payload) === target;
    const repository = targetOf('repository', payload);
    const told = ({ kind }: Hook): boolean => kind !== 'app' || repository === '' || needs.covers(repository);
    return [...first, ...extra.filter(wants)].filter(told);
  };

  return {
    setUrl: (url, kind = main.kind()) => main.set(url, kind),
    add({ url, ...hook }) {
      const id = HOOK_ID + 100_000 + extra.length;
      const of = { id, targetId: userId(hook.target), createdAt: needs.now(), url: () => url };
      extra.push({ secret: needs.secret, events: ['*'], ...hook, ...of });
      return id;
    },
    async deliver(event, payload, options = {}) {
      const body = bodyOf(payload, options.form);
      if (body.length > PAYLOAD_LIMIT) return undefined;
      const told = readPayload(payload, body);
      const [repository, guid] = [targetOf('repository', told) || undefined, randomUUID()];
      const sends = meant(event, told).map((hook, n) => {
        const parcel = pack(event, body, { hook, options, ...(n === 0 && { guid }) });
        return attempt({ hook, parcel, repository, url: hook.url() ?? '' }, false);
      });
      const [first] = await Promise.all(sends);
      return first;
    },
    async redeliver(guid) {
      const sent = record.find((one) => one.guid === guid);
      if (!sent) throw new Error(`no delivery ${guid}`);
      return again(sent);
    },
    deliveries: () => [...record],
    hooksOf(kind, target) {
      const mine = main.kind() === kind && main.url() !== undefined ? [main.hook(target)] : [];
      return [...mine, ...extra.filter((hook) => hook.kind === kind && hook.target === target)];
    },
    attempts: () => record,
    again,
  };
};
