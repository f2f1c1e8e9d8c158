import type { Settings } from './config.ts';
import { Fault } from './core/errors.ts';
import type { Fact, RecordFact } from './core/facts.ts';
import { isLog } from './core/origin.ts';

/**
 * Sees the log lines that are lost for good. `lost` resolves with the first loss, once it is recorded, where the settings
 * say that the daemon ends then; else never.
 */
export const watchLosses = ({ logs }: Settings, record: RecordFact) => {
  const { promise: lost, resolve } = Promise.withResolvers<Fault>();
  const watched: RecordFact = async (fact) => {
    await record(fact);
    const loss = lossOf(fact);
    if (loss && logs.onLoss === 'exit') resolve(new Fault('source.lost', loss));
  };
  return { record: watched, lost };
};

const lossOf = (fact: Fact): string | undefined => {
  if (fact.type === 'source.dropped') return `${fact.source}: ${fact.lines} lines (${fact.cause})`;
  // Of what is flooded most was tried.
  if (fact.type !== 'source.unscanned' || !isLog(fact.source) || fact.reason === 'flooded') return undefined;
  return `${fact.source}: lines that were not read (${fact.reason})`;
};
