import { detectors } from '../../detectors/index.ts';
import { Settings } from '../config.ts';
import { columns, type Exit, exits, type Io, say } from './io.ts';

/** What is known: each kind of key, and what happens to it. */
export const list = (io: Io): Exit => {
  const rows = detectors(Settings.shape.detectors.parse({})).map(({ id, issuer, docs, validate, revoke, critical }) => [
    ...[
      id,
      issuer,
      revoke ? 'deleted when live' : critical ? 'a person is paged' : 'reported',
      validate ? 'yes' : 'no',
      docs,
    ],
  ]);
  say(io.stdout, columns([['DETECTOR', 'ISSUER', 'WHAT HAPPENS', 'SENT TO ISSUER', 'FORMAT'], ...rows]));
  return exits.fine;
};
