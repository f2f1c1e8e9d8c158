import type { Answer } from '../http.ts';
import { urls } from './issue-shapes.ts';
import { pageOf } from './paging.ts';
import { assetShape, releaseShape } from './releases.ts';
import type { Hosted } from './repositories.ts';
import { type Asked, NOT_FOUND, ok } from './route.ts';
import type { Json, Scene } from './shapes.ts';
import type { Annotation, CheckRun, Release, Stock } from './stock.ts';
import type { Storage } from './storage.ts';
import { inRepository, type World } from './world.ts';

/** The link to a log lives for one minute and answers once; that to an asset for five. */
const LOG_MS = 60_000;
const ASSET_MS = 300_000;

const annotationShape = (check: CheckRun, annotation: Annotation, scene: Scene): Json => {
  const { path, line, message, title = null, level = 'notice', details = null } = annotation;
  return {
    ...{ path, start_line: line, end_line: line, start_column: null, end_column: null, annotation_level: level },
    ...{ title, message, raw_details: details },
    blob_href: `${urls(scene).html}/blob/${check.sha}/${path}`,
  };
};

const paged = (url: URL, all: readonly Json[]): Answer => {
  const { items, headers } = pageOf(url, all);
  return ok(items, headers);
};

/** Releases with their assets (docs.github.com/rest/releases). */
const releaseRoutes = (world: World, stock: Stock, storage: Storage) => {
  const scene = (repository: Hosted): Scene => ({ repository, place: world.place });
  const of = '/repos/{owner}/{repo}/releases';
  const one = (act: (hosted: Hosted, asked: Asked, release: Release) => Answer) =>
    inRepository(world, (hosted, asked) => {
      const found = stock.of(hosted).releases.find(({ id }) => String(id) === asked.path['release_id']);
      return found ? act(hosted, asked, found) : NOT_FOUND;
    });
  const asset = inRepository(world, (hosted, { path, headers: { accept = '' } }): Answer => {
    for (const release of stock.of(hosted).releases) {
      const found = release.assets.find(({ id }) => String(id) === path['asset_id']);
      if (!found) continue;
      if (!accept.includes('application/octet-stream')) return ok(assetShape(found, release, scene(hosted)));
      const location = storage.link(found.content, { type: 'application/octet-stream', forMs: ASSET_MS });
      return { status: 302, headers: { location } };
    }
    return NOT_FOUND;
  });
  return {
    release_asset: { call: `GET ${of}/assets/{asset_id}`, act: asset },
    releases: {
      call: `GET ${of}`,
      act: inRepository(world, (hosted, { url }) => {
        const all = stock.of(hosted).releases.toReversed();
        return paged(
          url,
          all.map((release) => releaseShape(release, scene(hosted))),
        );
      }),
    },
    release: {
      call: `GET ${of}/{release_id}`,
      act: one((hosted, _, release) => ok(releaseShape(release, scene(hosted)))),
    },
    release_assets: {
      call: `GET ${of}/{release_id}/assets`,
      act: one((hosted, { url }, release) =>
        paged(
          url,
          release.assets.map((file) => assetShape(file, release, scene(hosted))),
        ),
      ),
    },
  };
};

/** What repositories have beside git and talk: releases, logs of jobs, annotations of checks. */
export const stockRoutes = (world: World, stock: Stock, storage: Storage) => ({
  ...releaseRoutes(world, stock, storage),
  job_logs: {
    call: 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
    act: inRepository(world, (hosted, { path }): Answer => {
      const job = stock.of(hosted).jobs.find(({ id }) => String(id) === path['job_id']);
      if (!job) return NOT_FOUND;
      const how = { type: 'text/plain; charset=utf-8', forMs: LOG_MS, once: true };
      return { status: 302, headers: { location: storage.link(Buffer.from(job.log), how) } };
    }),
  },
  annotations: {
    call: 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations',
    act: inRepository(world, (hosted, { path, url }): Answer => {
      const check = stock.of(hosted).checks.find(({ id }) => String(id) === path['check_run_id']);
      if (!check) return NOT_FOUND;
      const scene = { repository: hosted, place: world.place };
      return paged(
        url,
        check.annotations.map((one) => annotationShape(check, one, scene)),
      );
    }),
  },
});
