import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { columns } from '../columns.ts';
import { runScan } from './scan-run.ts';

/** Alarms that real text may give, per megabyte. */
const MOST = 5 / 80;

const sizeOf = (folder: string): number => {
  const kind = statSync(folder);
  if (!kind.isDirectory()) return kind.size;
  return readdirSync(folder, { withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isDirectory() || entry.isFile() ? sizeOf(join(folder, entry.name)) : 0),
    0,
  );
};

/** Lists, masked, what is found in real text that should hold no key. Each alarm is to be looked at by a person. */
export const listAlarms = async (folder: string, say: (text: string) => void): Promise<boolean> => {
  const megabytes = sizeOf(folder) / 1e6;
  const { findings, seconds } = await runScan(folder);
  const allowed = Math.max(1, Math.floor(MOST * megabytes));
  const place = ({ file, line }: { file: string; line: number }) => `${file}:${line}`;
  const rows = findings.map((one) => [one.detector, place(one), one.preview, one.via.join(', ')]);
  say(rows.length === 0 ? 'No alarm.' : columns(['detector', 'place', 'masked', 'via'], rows));
  const distinct = new Set(findings.map(({ fingerprint }) => fingerprint)).size;
  say(`\n${findings.length} alarms, ${distinct} different, in ${megabytes.toFixed(1)} MB (${seconds.toFixed(1)} s).`);
  say(`Goal: at most 5 in 80 MB, here ${allowed}: ${distinct <= allowed ? 'met' : 'MISSED'}`);
  return distinct <= allowed;
};
