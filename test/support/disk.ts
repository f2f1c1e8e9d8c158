import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only root may mount. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** A real disk of so many KiB. */
export const smallDisk = (kib: number): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'keyfuse-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`mount: ${stderr}`);
  return {
    path,
    remove() {
      spawnSync('umount', [path]);
      rmdirSync(path);
    },
  };
};
