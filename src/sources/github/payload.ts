import * as z from 'zod';
import type { GithubPlace } from '../../core/origin.ts';
import { isRepoName } from './repo-name.ts';
import { stringsOf } from './strings.ts';
import type { Text } from './text.ts';
import { textsOf } from './texts.ts';
import { type Consequence, consequenceOf } from './wanted.ts';

/** One text that somebody wrote. It owns its memory, so that it moves between threads at no cost. */
export interface WrittenText {
  readonly locator: string;
  readonly link: string | undefined;
  readonly place: GithubPlace | undefined;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** All that is needed of one delivery. */
export interface DeliveryTexts extends Consequence {
  /** `owner/name`; absent where the event is of an organization, or of an installation. */
  readonly repo: string | undefined;
  readonly organization: string | undefined;
  readonly actor: string | undefined;
  readonly texts: readonly WrittenText[];
}

const login = z.object({ login: z.string().nullish() }).nullish();
const Envelope = z.object({
  repository: z.object({ full_name: z.string().refine(isRepoName) }).nullish(),
  organization: login,
  installation: z.object({ account: login }).nullish(),
  sender: login,
});

/** What an event is about, where its payload says so. */
const Subject = z.object({ html_url: z.string().nullish(), number: z.number().nullish() }).nullish().catch(undefined);
const subjects = [
  ...[
    'comment',
    'review',
    'discussion',
    'issue',
    'pull_request',
    'release',
    'check_run',
    'workflow_job',
    'workflow_run',
  ],
  ...['alert', 'deployment', 'repository'],
] as const;
const Subjects = z.object(Object.fromEntries(subjects.map((name) => [name, Subject])));

/**
 * Every text of a payload, and what follows from it; undefined when it does not have the shape that GitHub documents. The
 * texts that are known by their places come first; then all others together, whatever the event is.
 */
export const readDelivery = (name: string, json: unknown): DeliveryTexts | undefined => {
  const { data: envelope } = Envelope.safeParse(json);
  if (!envelope) return undefined;
  const repo = envelope.repository?.full_name;
  const consequence = consequenceOf(name, json, repo ?? '');
  if (!consequence || (NEEDS_REPO.includes(name) && repo === undefined)) return undefined;
  const known = repo === undefined ? [] : textsOf(name, json, repo);
  const rest = stringsOf(json, new Set(known.flatMap(({ text }) => text ?? [])));
  const about = repo ?? envelope.organization?.login ?? envelope.installation?.account?.login ?? 'GitHub';
  const others: Text = { locator: `${about} (${name} webhook)`, ...linkOf(json), text: rest.join('\n') };
  return {
    ...consequence,
    repo,
    organization: envelope.organization?.login ?? undefined,
    actor: envelope.sender?.login ?? undefined,
    texts: [...known, others].flatMap((text) => written(text, repo)),
  };
};

/** Without the repository nothing could be fetched that they tell of. */
const NEEDS_REPO: readonly string[] = ['push', 'pull_request', 'public', 'gollum', 'secret_scanning_alert'];

const linkOf = (json: unknown): Pick<Text, 'link' | 'place'> => {
  const found = Object.entries(Subjects.safeParse(json).data ?? {});
  const [name, subject] =
    subjects.flatMap((name) => found.filter(([key, one]) => key === name && one?.html_url))[0] ?? [];
  const isThread = name === 'issue' || name === 'pull_request';
  return { link: subject?.html_url, ...(isThread && subject?.number && { place: { thread: subject.number } }) };
};

const written = ({ locator, link, text, place }: Text, repo: string | undefined): WrittenText[] => {
  if (!text) return [];
  const where = repo === undefined || place === undefined ? undefined : { repo, ...place };
  return [{ locator, link: link ?? undefined, place: where, bytes: new TextEncoder().encode(text) }];
};
