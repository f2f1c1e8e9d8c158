import { createHmac } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import { fixedSecret, type Live } from '../core/live-secret.ts';
import type { Channel } from '../core/notice.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../core/store.ts';
import { aDay, createOutbox } from './outbox.ts';
import { post } from './post.ts';

export interface NotifySettings {
  /** Absent: notices stand in the log only. */
  readonly url?: URL | undefined;
  /** Signs the body: `X-Keyfuse-Signature: sha256=<hex HMAC-SHA256>`. */
  readonly secret?: Secret | undefined;
}

interface NotifyNeeds {
  /** How `secret` goes on; absent: as it is. */
  readonly live?: Live;
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

/** Tells people of each outcome of an incident, once. */
export const createNotifier = ({ url, secret }: NotifySettings, needs: NotifyNeeds): Channel => {
  const held = secret && (needs.live ?? fixedSecret)(secret);
  if (!url) return { note: () => () => undefined, run: async () => undefined };
  const outbox = createOutbox(
    {
      ...{ box: 'notices', ...aDay },
      async send({ body }, stop) {
        const detail = await post(url, { headers: held ? signatureOf(held.now(), body) : {}, body, stop });
        return detail === undefined ? { arrived: true } : { detail };
      },
      say: (step, { incident }, how) => needs.record({ type: `notice.${step}`, channel: 'webhook', incident, ...how }),
    },
    needs,
  );
  moveOld(needs.store);
  return {
    // A further sighting is no news.
    note: (notice) => (sql) => {
      const { incident, outcome, again } = notice;
      if (!again) outbox.put(sql, { id: `${incident} ${outcome}`, incident, body: JSON.stringify(notice) });
    },
    run: outbox.run,
  };
};

/** Versions before had a table of their own: what waits in it goes out, and what was told is not told again. */
const moveOld = (store: Store): void => {
  if (!store.read((sql) => sql.get("select 1 from sqlite_master where name = 'notices'"))) return;
  // A crash between the two: the first again changes nothing.
  store.migrate(`
    insert or ignore into outbox (box, id, incident, body, noted_at, attempts, due_at)
      select 'notices', incident || ' ' || outcome, incident, iif(due_at is null, '', body), unixepoch() * 1000, attempts,
        due_at from notices;
    drop table notices;`);
};

const signatureOf = (secret: Secret, body: string): Readonly<Record<string, string>> => ({
  'x-keyfuse-signature': `sha256=${createHmac('sha256', secret.expose()).update(body).digest('hex')}`,
});
