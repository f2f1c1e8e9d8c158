import type { Answer } from '../http.ts';
import { pageOf } from './paging.ts';
import type { Hosted } from './repositories.ts';
import { type Asked, NOT_FOUND, ok } from './route.ts';
import { artifactShape, runShape } from './run-shapes.ts';
import type { Run, Stock } from './stock.ts';
import type { Storage } from './storage.ts';
import { inRepository, type World } from './world.ts';

/** A link to logs or files lives for one minute. */
const LINK_MS = 60_000;

/** Runs of Actions, their logs and files (docs.github.com/rest/actions). */
export const runRoutes = (world: World, stock: Stock, storage: Storage) => {
  const of = '/repos/{owner}/{repo}/actions';
  const led = (zip: Buffer): Answer => ({
    ...{ status: 302, headers: { location: storage.link(zip, { type: 'application/zip', forMs: LINK_MS }) } },
  });
  const one = (act: (hosted: Hosted, asked: Asked, run: Run) => Answer) =>
    inRepository(world, (hosted, asked) => {
      const found = stock.of(hosted).runs.find(({ id }) => String(id) === asked.path['run_id']);
      return found ? act(hosted, asked, found) : NOT_FOUND;
    });
  return {
    runs: {
      call: `GET ${of}/runs`,
      act: inRepository(world, async (hosted, { url }): Promise<Answer> => {
        const all = stock.of(hosted).runs.toSorted((a, b) => b.at - a.at);
        const { items, headers } = pageOf(url, all);
        const scene = { repository: hosted, place: world.place };
        const shapes = items.map(async (run) => runShape(run, await hosted.git.commit(run.sha), scene));
        return ok({ total_count: all.length, workflow_runs: await Promise.all(shapes) }, headers);
      }),
    },
    run_artifacts: {
      call: `GET ${of}/runs/{run_id}/artifacts`,
      act: one((hosted, { url }, run) => {
        const { items, headers } = pageOf(url, run.artifacts);
        const scene = { repository: hosted, place: world.place };
        const artifacts = items.map((file) => artifactShape(file, run, scene));
        return ok({ total_count: run.artifacts.length, artifacts }, headers);
      }),
    },
    run_logs: { call: `GET ${of}/runs/{run_id}/logs`, act: one((_hosted, _asked, { logs }) => led(logs)) },
    artifact: {
      call: `GET ${of}/artifacts/{artifact_id}/{archive_format}`,
      act: inRepository(world, (hosted, { path }): Answer => {
        const all = stock.of(hosted).runs.flatMap(({ artifacts }) => artifacts);
        const found = all.find(({ id }) => String(id) === path['artifact_id']);
        return found && path['archive_format'] === 'zip' ? led(found.zip) : NOT_FOUND;
      }),
    },
  };
};
