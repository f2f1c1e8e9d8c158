import { createHmac } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { RecordFact } from '../core/facts.ts';
import { fixedSecret, type Live } from '../core/live-secret.ts';
import type { Channel, Notice } from '../core/notice.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../core/store.ts';

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

const DDL = `create table if not exists notices (
  id integer primary key, incident text not null, outcome text not null, body text not null, attempts integer not null default 0,
  due_at integer, unique (incident, outcome));`; // without due_at: over, and kept so that it is not told again

const DEADLINE_MS = 10_000;
const MOST_ATTEMPTS = 20;
const waitMs = (attempts: number) => Math.min(2 ** attempts * 1000, 3_600_000);

/**
 * Tells people of each outcome of an incident. A notice is written down in the transaction that ends the
 * incident and sent afterwards, once; one that cannot be sent is tried for half a day and then counted as failed. It
 * never holds a deletion up.
 */
export const createNotifier = (settings: NotifySettings, needs: NotifyNeeds): Channel => {
  const { store, clock, record, live = fixedSecret } = needs;
  store.migrate(DDL);
  const held = settings.secret && live(settings.secret);

  const due = () =>
    store.read((sql) => sql.all('select * from notices where due_at <= ? order by due_at limit 20', clock.now()));

  const deliver = async (url: URL, row: ReturnType<typeof due>[number]): Promise<void> => {
    const [id, incident] = [Number(row['id']), String(row['incident'])];
    const attempts = Number(row['attempts']) + 1;
    const detail = await send(url, String(row['body']), held?.recent()[0]);
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

/** Why it did not arrive, or undefined when it did. */
const send = async (url: URL, body: string, secret: Secret | undefined): Promise<string | undefined> => {
  const signature = secret && `sha256=${createHmac('sha256', secret.expose()).update(body).digest('hex')}`;
  const headers = { 'content-type': 'application/json', ...(signature && { 'x-keyfuse-signature': signature }) };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok ? undefined : `status ${response.status}`;
    },
    (error: unknown) => (error instanceof Error ? error.name : 'failed'),
  );
};
