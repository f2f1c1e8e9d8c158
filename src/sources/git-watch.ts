import { readFileSync, statfsSync, writeFileSync } from 'node:fs';

/** More than an honest repository needs. Trees that hold one another, ten times each and ten deep, need all there is. */
const MOST_MEMORY = 4 * 1024 ** 3;
const LEAST_FREE = 512 * 1024 ** 2;
const LOOK_MS = 250;
/** Of the kernel's counts; the same on every Linux that Node runs on. */
const TICK_MS = 10;

export interface GitBounds {
  /** Of a processor, before it gets on (ms); waiting for us counts for nothing. Absent: as long as it likes. */
  readonly cpuMs?: number | undefined;
  readonly memoryBytes?: number;
  /** A folder on the disk that it fills: so much is left free there, for the store. */
  readonly disk?: { readonly dir: string; readonly leastFreeBytes?: number } | undefined;
}

export interface GitWatch {
  /** Why it was ended. */
  over(): string | undefined;
  /** It gets on: its time begins anew. */
  moved(): void;
  close(): void;
}

/** Ends a git that takes more than it is allowed. Where there is no /proc nothing is watched. */
export const watchGit = (pid: number, bounds: GitBounds, end: () => void): GitWatch => {
  const { cpuMs, memoryBytes = MOST_MEMORY, disk } = bounds;
  const leastFree = disk?.leastFreeBytes ?? LEAST_FREE;
  let why: string | undefined;
  let [used, since] = [0, 0];
  // When memory runs out the kernel ends git, and not us.
  attempt(() => writeFileSync(`/proc/${pid}/oom_score_adj`, '1000'));
  const look = (): void => {
    const memory = attempt(() => memoryOf(pid));
    used = attempt(() => cpuOf(pid)) ?? used;
    if (memory !== undefined && memory > memoryBytes)
      why = `it took more than ${memoryBytes / 1024 ** 2} MiB of memory`;
    if (cpuMs !== undefined && used - since > cpuMs) why = `one commit took it more than ${cpuMs / 1_000} s`;
    const free = disk && attempt(() => freeBytes(disk.dir));
    if (free !== undefined && free < leastFree) why = `less than ${leastFree / 1024 ** 2} MiB of the disk are left`;
    if (why !== undefined) end();
  };
  const timer = setInterval(look, LOOK_MS).unref();
  return {
    over: () => why,
    moved() {
      since = used;
    },
    close: () => clearInterval(timer),
  };
};

const attempt = <T>(act: () => T): T | undefined => {
  try {
    return act();
  } catch {
    return undefined; // it has ended, or there is no /proc
  }
};

const freeBytes = (dir: string): number => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
};

/** Bytes of its own, and of its children; files that it maps are not counted. https://man7.org/linux/man-pages/man5/proc.5.html */
const memoryOf = (pid: number): number => {
  const own = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0;
  const children = attempt(() => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')) ?? '';
  const theirs = children
    .split(' ')
    .filter(Boolean)
    .map((child) => attempt(() => memoryOf(Number(child))) ?? 0);
  return theirs.reduce((sum, one) => sum + one, Number(own) * 1_024);
};

/** ms that it computed: `utime` and `stime`, the 14th and 15th; the name, second, may hold anything but ends the brackets. */
const cpuOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) * TICK_MS;
};
