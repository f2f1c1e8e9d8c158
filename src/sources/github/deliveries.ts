import type { Store } from '../../core/store.ts';
import type { Wanted, Word, WorkList } from './work-list.ts';

/** A delivery as it is known again: the sender's number, and the body's digest. */
export interface DeliveryId {
  readonly guid: string;
  readonly digest: string;
}

export interface Accepted extends Word {
  /** Absent: the sender gave none, so it cannot be known again. */
  readonly id?: DeliveryId;
  readonly wanted: readonly Wanted[];
  /** Why what is wanted is not to be fetched: it is `unscanned` at once. */
  readonly unfetched?: string | undefined;
}

/** What GitHub told us, durable: it outlives kill -9. */
export interface GithubDeliveries {
  isKnown(id: DeliveryId): boolean;
  /** Is any delivery of this number known, whatever its body was? */
  isKnownGuid(guid: string): boolean;
  /** In one transaction: the delivery is known from now on, and what it named waits. */
  accept(accepted: Accepted): Promise<void>;
  /** Forgets deliveries received before `then`. */
  prune(then: number): Promise<void>;
}

/** `digest` stands beside the GUID because senders other than GitHub number from 1 again after a restart. */
const DDL = `
create table if not exists github_deliveries (
  guid text not null, digest text not null, received_at integer not null, primary key (guid, digest)
) without rowid;
create index if not exists github_deliveries_age on github_deliveries (received_at);`;

export const createDeliveries = (store: Store, list: Pick<WorkList, 'add'>): GithubDeliveries => {
  store.migrate(DDL);
  return {
    isKnown: ({ guid, digest }) =>
      store.read((sql) => sql.get('select 1 from github_deliveries where guid = ? and digest = ?', guid, digest)) !==
      undefined,
    isKnownGuid: (guid) =>
      store.read((sql) => sql.get('select 1 from github_deliveries where guid = ?', guid)) !== undefined,
    accept: ({ id, wanted, ...word }) =>
      store.write((sql) => {
        const { receivedAt } = word;
        if (id) sql.run('insert or ignore into github_deliveries values (?, ?, ?)', id.guid, id.digest, receivedAt);
        list.add(sql, wanted, word);
      }, 'intake'),
    async prune(then) {
      await store.write((sql) => sql.run('delete from github_deliveries where received_at < ?', then));
    },
  };
};
