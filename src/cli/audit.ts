import { auditFolder } from '../app-record.ts';
import { verifyJournal } from '../record/journal-verify.ts';
import { type FolderOptions, findFolder } from './folder.ts';
import { type Exit, exits, type Io, say } from './io.ts';

/** Checks the whole chain of the journal. Exit 0: whole; 1: changed, cut or torn; 2: there is none. */
export const verify = async (options: FolderOptions & { json?: boolean }, io: Io): Promise<Exit> => {
  const dataDir = await findFolder(options, 'audit', io);
  if (dataDir === undefined) return exits.usage;
  const { ok, records, gaps, firstBad } = await verifyJournal(auditFolder({ dataDir }));
  if (options.json) say(io.stdout, JSON.stringify({ ok, records, gaps: gaps.length, ...(firstBad && { firstBad }) }));
  else if (firstBad)
    say(io.stdout, `TAMPERED after ${records} good records: ${firstBad.file}:${firstBad.line}: ${firstBad.why}`);
  else say(io.stdout, `ok: ${records} records, ${gaps.length} declared gaps`);
  return ok ? exits.fine : exits.findings;
};
