import type { GithubPlace } from '../../core/origin.ts';

/** A place where somebody may have written something. */
export interface Text {
  readonly locator: string;
  readonly link: string | null | undefined;
  readonly text: string | null | undefined;
  /** The thing that it belongs to; the repository is that of the payload. */
  readonly place?: Omit<GithubPlace, 'repo'> | undefined;
}
