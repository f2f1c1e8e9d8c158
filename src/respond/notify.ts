import { createHmac } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import type { Channel, Notice } from '../core/notice.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../core/store.ts';
import { post } from './post.ts';

export interface NotifySettings {
  /** Absent: notices stand in the log only. */
  readonly url?: URL | undefined;
  /** Signs the body: `X-Keyfuse-Signature: sha256=<hex HMAC-SHA256>`. */
  readonly secret?: Secret | undefined;
}

interface NotifyNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
}

const DDL = `create table if not exists notices (
  id integer primary key, incident text not null, outcome text not null, body text not null, attempts integer not null default 0,
  due_at integer, unique (incident, outcome));`; // without due_at: over, and kept so that it is not told again

const MOST_ATTEMPTS = 20;
const waitMs = (attempts: number) => Math.min(2 ** attempts * 1000, 3_600_000);

/**
 * Tells people of each outcome of an incident. A notice is written down in the transaction that ends the
 * incident and sent afterwards, once; one that cannot be sent is tried for half a day and then counted as failed. It
 * never holds a deletion up.
 */
export const createNotifier = (settings: NotifySettings, needs: NotifyNeeds): Channel => {
  const { store, clock, record } = needs;
  store.migrate(DDL);

  const due = () =>
    store.read((sql) => sql.all('select * from notices where due_at <= ? order by due_at limit 20', clock.now()));

  const deliver = async (url: URL, row: ReturnType<typeof due>[number]): Promise<void> => {
    const [id, incident] = [Number(row['id']), String(row['incident'])];
    const attempts = Number(row['attempts']) + 1;
    const body = String(row['body']);
    const detail = await post(url, { headers: settings.secret ? signatureOf(settings.secret, body) : {}, body });
    const over = detail === undefined || attempts >= MOST_ATTEMPTS;
    const dueAt = over ? null : clock.now() + waitMs(attempts);
    await store.write((sql) =>
      sql.run('update notices set attempts = ?, due_at = ? where id = ?', attempts, dueAt, id),
    );
    if (detail === undefined) await record({ type: 'notice.sent', channel: 'webhook', incident });
    else if (over) await record({ type: 'notice.failed', channel: 'webhook', incident, detail });
  };

  const round = async (url: URL, stop: AbortSignal): Promise<void> => {
    for (const row of due()) if (!stop.aborted) await deliver(url, row);
  };

  return {
    // The same outcome of an incident is told once; a further sighting is none.
    note: (notice: Notice) => (sql) => {
      if (!settings.url || notice.again) return;
      sql.run(
        'insert or ignore into notices (incident, outcome, body, due_at) values (?, ?, ?, ?)',
        ...[notice.incident, notice.outcome, JSON.stringify(notice), clock.now()],
      );
    },
    async run(stop: AbortSignal): Promise<void> {
      while (settings.url && !stop.aborted) {
        // A full disk or a blocked journal: what is due stays due.
        await round(settings.url, stop).catch(() => undefined);
        await clock.sleep(500, stop);
      }
    },
  };
};

const signatureOf = (secret: Secret, body: string): Readonly<Record<string, string>> => ({
  'x-keyfuse-signature': `sha256=${createHmac('sha256', secret.expose()).update(body).digest('hex')}`,
});
