import type { Fact, UnscannedReason } from '../../core/facts.ts';
import type { Emit } from '../../core/fragment.ts';
import { Origin } from '../../core/origin.ts';
import { createOutlet, eachOf } from '../outlet.ts';
import type { Cursors } from './cursors.ts';
import type { DeliveryId, GithubDeliveries } from './deliveries.ts';
import type { Parser } from './parse.ts';
import type { DeliveryTexts, WrittenText } from './payload.ts';
import { hookOf, type Places } from './places.ts';
import type { Written } from './renames.ts';
import type { Word, WorkList } from './work-list.ts';
import { locatorOf } from './worker.ts';

/** What GitHub told us once, by a webhook, or because we asked. */
export interface Told extends Word {
  /** As webhooks name it: `push`, `issue_comment`. */
  readonly event: string;
  /** The payload as JSON. The bytes of a large one are gone after. */
  readonly bytes: Uint8Array;
  readonly id?: DeliveryId | undefined;
  /** Of a webhook: they name the hook. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
}

/** Where it goes: what to emit to, when to begin nothing more, and when to wait no longer. */
export interface Way {
  readonly emit: Emit;
  readonly stop: AbortSignal;
  readonly giveUp: AbortSignal;
}

/** Resolves when all of it is durable: the texts first, then the delivery and what it names. Rejects as `Outlet` does. */
export type Intake = (told: Told, way: Way) => Promise<'durable' | 'known' | 'malformed'>;

export interface IntakeNeeds {
  readonly deliveries: GithubDeliveries;
  readonly list: WorkList;
  readonly places: Places;
  readonly cursors: Cursors;
  readonly written: Written;
  readonly parser: Parser;
  /** Why nothing will be fetched; absent when it will. */
  readonly unfetched?: UnscannedReason | undefined;
  note(fact: Fact): void;
  nextFlow(): string;
  /** Work waits. */
  wake(): void;
}

const AT_ONCE = 16;

export const createIntake =
  (needs: IntakeNeeds): Intake =>
  async (told, way) => {
    const { event, bytes, id } = told;
    if (id && needs.deliveries.isKnown(id)) return 'known';
    const read = await needs.parser.read({ shape: 'delivery', event, bytes });
    if (!read) return 'malformed';
    const outlet = createOutlet({ ...way, nextFlow: needs.nextFlow });
    // A ping says who tells us, and nothing more.
    const texts = event === 'ping' ? [] : read.texts;
    await eachOf(texts, AT_ONCE, (text) => outlet.text(text.bytes, originOf(text, read, told)));
    await accept(read, told, needs);
    return 'durable';
  };

const accept = async (read: DeliveryTexts, { id, headers, ...word }: Told, needs: IntakeNeeds): Promise<void> => {
  const { deliveries, list, places, cursors, written, unfetched, note, wake } = needs;
  const { wanted = [], dropped = [], renamed } = read;
  const { source, mode, receivedAt } = word;
  if (renamed) await Promise.all([list, places, cursors, written].map((one) => one.rename(renamed.from, renamed.to)));
  await places.saw({ repo: read.repo, hook: headers && hookOf(headers, read) });
  // An installation names its repositories beside.
  const named = new Set(wanted.map(({ repo }) => repo));
  await Promise.all([...named].map((repo) => places.saw({ repo })));
  await deliveries.accept({ ...(id && { id }), source, mode, receivedAt, wanted, unfetched });
  for (const repo of dropped) await Promise.all([list.drop(repo, receivedAt), places.drop(repo, receivedAt)]);
  wake();
  if (!unfetched) return;
  for (const one of wanted) note({ type: 'source.unscanned', source, locator: locatorOf(one), reason: unfetched });
};

const originOf = ({ locator, link, place }: WrittenText, { actor }: DeliveryTexts, word: Word): Origin =>
  Origin.parse({
    ...{ source: word.source, mode: word.mode, receivedAt: word.receivedAt, locator },
    ...(link && { link }),
    ...(actor && { actor }),
    ...(place && { github: place }),
  });
