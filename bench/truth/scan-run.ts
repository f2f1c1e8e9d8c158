import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const Finding = z.object({
  file: z.string(),
  offset: z.number(),
  length: z.number(),
  line: z.number(),
  detector: z.string(),
  fingerprint: z.string().nullable(),
  preview: z.string(),
  via: z.array(z.string()),
});
export type Finding = z.infer<typeof Finding>;

export interface Run {
  readonly findings: readonly Finding[];
  readonly seconds: number;
  readonly exit: number | null;
  readonly errors: string;
}

/** The command as users have it: what was built, or the sources where nothing was. */
export const commandLine = (): string =>
  ['dist/src/main.js', 'src/main.ts'].find((path) => existsSync(path)) ?? 'src/main.ts';

/** What `keyfuse scan --format jsonl` finds below a folder; files are named from there. */
export const runScan = async (folder: string, command = commandLine()): Promise<Run> => {
  const began = performance.now();
  const args = [command, 'scan', folder, '--format', 'jsonl', '--fingerprint', 'sha256'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const findings: Finding[] = [];
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors = (errors + text.toString('utf8')).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const finding = Finding.parse(JSON.parse(line));
    findings.push({ ...finding, file: relative(folder, join(finding.file)) });
  }
  const exit = await ended;
  // Paths that cannot be read are told by 2: those are ours to make readable.
  if (exit !== 0 && exit !== 1) throw new Error(`keyfuse scan ended with ${exit}: ${errors}`);
  return { findings, seconds: (performance.now() - began) / 1000, exit, errors };
};
