import { type GithubPlace, Origin } from '../../core/origin.ts';
import type { Work } from './work-list.ts';

interface Spot extends Omit<GithubPlace, 'repo'> {
  /** Within the repository: `@sha:path`, `#7 (body)`. */
  readonly locator: string;
  readonly link?: string | null | undefined;
  readonly actor?: string | null | undefined;
}

/** Where a text of a piece of work was. */
export const originOf = (work: Work, { locator, link, actor, ...place }: Spot): Origin =>
  Origin.parse({
    ...{ source: work.source, mode: work.mode, receivedAt: work.receivedAt, locator: `${work.repo}${locator}` },
    ...(link && { link }),
    ...(actor && { actor }),
    github: { repo: work.repo, ...place },
  });
