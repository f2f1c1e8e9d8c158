import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Datagrams that the kernel dropped because a socket's buffer was full, as `/proc/net/udp` counts them since the socket
 * was opened (https://docs.kernel.org/networking/proc_net_tcp.html: the columns; `inode` is the tenth, `drops` the last).
 * Undefined where there is no such table.
 */
export const createKernelDrops = (port: number): (() => Promise<number | undefined>) => {
  let ours: ReadonlySet<string> | undefined;
  return async () => {
    try {
      ours ??= await ourSockets();
      return await dropsOf(port, ours);
    } catch {
      return undefined;
    }
  };
};

const dropsOf = async (port: number, ours: ReadonlySet<string>): Promise<number | undefined> => {
  const tables = await Promise.all(['/proc/self/net/udp', '/proc/self/net/udp6'].map(tableOf));
  const rows = tables.flat().filter(({ inode, ...row }) => row.port === port && ours.has(inode));
  return rows.length > 0 ? rows.reduce((sum, { drops }) => sum + drops, 0) : undefined;
};

interface UdpRow {
  readonly port: number;
  readonly inode: string;
  readonly drops: number;
}

const tableOf = async (path: string): Promise<readonly UdpRow[]> => {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map((cells) => ({
      port: Number.parseInt(/:([0-9A-F]{4})$/.exec(cells[1] ?? '')?.[1] ?? '', 16),
      inode: cells[9] ?? '',
      drops: Number(cells.at(-1) ?? 0),
    }))
    .filter(({ port, drops }) => Number.isInteger(port) && Number.isInteger(drops));
};

/** Others may have the same port, on another address or in turn with us. */
const ourSockets = async (): Promise<ReadonlySet<string>> => {
  const open = await readdir('/proc/self/fd');
  const links = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
};
