import type { Origin } from '../../core/origin.ts';
import type { Outlet } from '../outlet.ts';
import { unpack } from '../unpack.ts';
import { isBroken, unpackLimits } from '../unpack-budget.ts';
import { GithubRefusal } from './refusal.ts';
import { originOf } from './work-origin.ts';
import type { ScanWork } from './worker.ts';

const GIB = 1024 ** 3;
/** Less than a person may want of a scan: what strangers upload must not hold the live ones up. */
const limits = { ...unpackLimits, bytes: 2 * GIB, members: 100_000 };

interface Pouring {
  readonly outlet: Outlet;
  /** Of the file, or of one in it (`!/name`). */
  origin(inside: string): Origin;
}

/**
 * Pours a file piece by piece, and what is in it where it is an archive. What is damaged or beyond the limits does not keep
 * the rest from being read. Errors: `GithubRefusal`, unreadable, when anything was not.
 */
export const pourUnpacked = async (bytes: AsyncIterable<Uint8Array>, { outlet, origin }: Pouring): Promise<void> => {
  let refused: string | undefined;
  const unread = (file: string, why: string): void => {
    refused ??= `${why}${file === '' ? '' : ' (in an archive)'}`;
  };
  try {
    for await (const { file, bytes: inside } of unpack(
      { file: '', via: [], bytes: buffers(bytes) },
      { limits, unread },
    )) {
      await outlet.stream(inside, origin(file)).catch((error: unknown) => {
        if (!isBroken(error) || error.broken === 'whole') throw error;
        unread(file, error.message);
      });
    }
  } catch (error) {
    if (!isBroken(error)) throw error;
    unread('', error.message);
  }
  if (refused !== undefined) throw new GithubRefusal(200, refused, { unreadable: true });
};

async function* buffers(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, byteLength } of bytes) yield Buffer.from(buffer, byteOffset, byteLength);
}

const scanFile =
  (at: (item: string) => string, what: string): ScanWork =>
  async (work, { github, outlet, stop }) => {
    const call = { path: `/repos/${work.repo}/${at(work.item)}`, accept: 'application/octet-stream', stop };
    await pourUnpacked(github.download(call), {
      outlet,
      origin: (inside) => originOf(work, { locator: ` (${what} ${work.item})${inside}` }),
    });
    return undefined;
  };

/** A file of a release (`item`: its id). https://docs.github.com/en/rest/releases/assets#get-a-release-asset */
export const scanAsset = scanFile((id) => `releases/assets/${id}`, 'release asset');

/** What an Actions run left (`item`: its id), a zip. https://docs.github.com/en/rest/actions/artifacts#download-an-artifact */
export const scanArtifact = scanFile((id) => `actions/artifacts/${id}/zip`, 'Actions artifact');

/**
 * The logs of all jobs of an Actions run (`item`: its id), a zip.
 * https://docs.github.com/en/rest/actions/workflow-runs#download-workflow-run-logs
 */
export const scanRunLog = scanFile((id) => `actions/runs/${id}/logs`, 'log of run');

/**
 * The log of an Actions job (`item`: its id), as it streams. What GitHub masked is no secret any more; what stands there
 * was not registered with it. https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
 */
export const scanJobLog: ScanWork = async (work, { github, outlet, stop }) => {
  const path = `/repos/${work.repo}/actions/jobs/${work.item}/logs`;
  const link = `${github.web}/${work.repo}/actions/jobs/${work.item}`;
  await outlet.stream(github.download({ path, stop }), originOf(work, { locator: ` (log of job ${work.item})`, link }));
  return undefined;
};
