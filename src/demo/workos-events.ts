import type { Answer } from './http.ts';
import { invalid, parseTime, stamp } from './workos-answers.ts';
import { type ApiKey, ulid } from './workos-keys.ts';
import { readPage } from './workos-page.ts';

export type KeyEventName = 'api_key.created' | 'api_key.revoked' | 'api_key.updated';

/** https://workos.com/docs/events: of keys only what the API and a dashboard do; expiry and use have no event. */
export interface KeyEvent {
  readonly object: 'event';
  readonly id: string;
  readonly event: KeyEventName;
  readonly data: ApiKey & { readonly previous_attributes?: { readonly expires_at: string | null } };
  readonly created_at: string;
  readonly context: {
    readonly actor: { readonly id: string; readonly source: 'api' | 'dashboard'; readonly name: string | null };
  };
}

/** How far back they can be asked for, and how long a span one query may name (ms). */
const KEPT_MS = 90 * 86_400_000;
const LONGEST_RANGE_MS = 30 * 86_400_000;

const organizationOf = ({ owner }: ApiKey): string => (owner.type === 'user' ? owner.organization_id : owner.id);

/** What happened to keys, oldest first. `hear` hears each as it happens: a webhook. */
export const createEvents = (now: () => number, hear: (event: KeyEvent) => void) => {
  let events: KeyEvent[] = [];
  return {
    add(event: KeyEventName, data: KeyEvent['data'], source: 'api' | 'dashboard' = 'api'): void {
      const actor = { id: source === 'api' ? 'api_key' : 'user', source, name: null };
      const made: KeyEvent = {
        ...({ object: 'event', id: `event_${ulid(now())}`, event, data } as const),
        ...{ created_at: stamp(now()), context: { actor } },
      };
      events.push(made);
      hear(made);
    },
    /** `before` is not given back by this list, which is in ascending order if nothing is said. */
    list(query: URLSearchParams): Answer {
      const oldest = now() - KEPT_MS;
      events = events.filter(({ created_at }) => Date.parse(created_at) >= oldest);
      const [from, to] = [query.get('range_start'), query.get('range_end')];
      const [start, end] = [from === null ? oldest : parseTime(from), to === null ? now() : parseTime(to)];
      if (start === undefined) return invalid('range_start', 'invalid', 400);
      if (end === undefined) return invalid('range_end', 'invalid', 400);
      if (from !== null && to !== null && end - start > LONGEST_RANGE_MS) return invalid('range_end', 'range', 400);
      const names = query.getAll('events').flatMap((text) => text.split(','));
      const organization = query.get('organization_id');
      const fits = ({ event, data, created_at }: KeyEvent): boolean => {
        const at = Date.parse(created_at);
        const isAsked = names.length === 0 || names.includes(event);
        return isAsked && at >= start && at <= end && (!organization || organizationOf(data) === organization);
      };
      const asked = new URLSearchParams(query);
      if (!asked.has('order')) asked.set('order', 'asc');
      const page = readPage(events.filter(fits), asked, (event) => event);
      if (typeof page === 'string') return invalid(page);
      return { status: 200, body: { ...page, list_metadata: { after: page.list_metadata.after } } };
    },
  };
};

export type Events = ReturnType<typeof createEvents>;
