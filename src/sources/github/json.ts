import * as z from 'zod';
import { type ReportBatch, readReports } from './partner-reports.ts';
import { type DeliveryTexts, readDelivery } from './payload.ts';
import { stringsOf } from './strings.ts';

/** One changed file of a commit. `patch` is absent for binary and large files, and then says nothing about the content. */
const File = z.object({
  filename: z.string(),
  status: z.string(),
  sha: z.string().nullish(),
  patch: z
    .string()
    .nullish()
    .transform((text) => (typeof text === 'string' ? new TextEncoder().encode(text) : undefined)),
  blob_url: z.string().nullish(),
  changes: z.number().nullish(),
});

/** One page of `GET /repos/{owner}/{repo}/commits/{sha}`. https://docs.github.com/en/rest/commits/commits#get-a-commit */
const CommitPage = z.object({
  html_url: z.string().nullish(),
  author: z.object({ login: z.string().nullish() }).nullish(),
  commit: z.object({ message: z.string().nullish() }),
  files: z.array(File).nullish(),
});
export type CommitPage = Readonly<z.infer<typeof CommitPage>>;
export type CommitFile = Readonly<z.infer<typeof File>>;

const Linked = z.object({ html_url: z.string().nullish() });

const Id = z.union([z.number(), z.string()]).transform(String);
/** What of a list's members leads to files: releases, artifacts of Actions, and its runs. */
const Leading = z.object({
  assets: z.array(z.object({ id: Id })).catch([]),
  artifacts: z.array(z.object({ id: Id, expired: z.boolean() })).catch([]),
  workflow_runs: z.array(z.object({ id: Id, status: z.string().nullish(), created_at: z.string() })).catch([]),
});

/** A file, or an Actions run that ended; `at`: when it was begun, ISO 8601. */
export interface Led {
  readonly to: 'asset' | 'artifact' | 'run';
  readonly id: string;
  readonly at?: string;
}

/** Every text of each member of a list (or of one thing), the page of that member, and what it leads to. */
export interface TextList {
  readonly texts: readonly { readonly link: string | undefined; readonly bytes: Uint8Array<ArrayBuffer> }[];
  readonly leads: readonly Led[];
}

/** JSON to read, and as what. */
export type Job =
  | { readonly shape: 'delivery'; readonly event: string; readonly bytes: Uint8Array }
  | { readonly shape: 'commit'; readonly bytes: Uint8Array }
  | { readonly shape: 'list'; readonly bytes: Uint8Array }
  | { readonly shape: 'reports'; readonly bytes: Uint8Array };

interface Shapes {
  readonly delivery: DeliveryTexts;
  readonly commit: CommitPage;
  readonly list: TextList;
  readonly reports: ReportBatch;
}
export type ReadOf<J extends Job> = Shapes[J['shape']];

/** GitHub's own payloads nest 7 deep; `JSON.parse` of 5 million `[` takes seconds. */
const DEEPEST = 64;

/** What is needed of the JSON; undefined when it is malformed. Never throws, and never quotes the text. */
export const readJson = (job: Job): Shapes[keyof Shapes] | undefined => {
  if (!isShallow(job.bytes)) return undefined;
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(job.bytes));
    if (job.shape === 'commit') return CommitPage.safeParse(json).data;
    if (job.shape === 'reports') return readReports(json);
    return job.shape === 'list' ? readList(json) : readDelivery(job.event, json);
  } catch {
    return undefined; // The error would quote the text, which may hold a key.
  }
};

const readList = (json: unknown): TextList | undefined =>
  typeof json === 'object' && json !== null
    ? {
        texts: [json].flat().map((member: unknown) => ({
          link: Linked.safeParse(member).data?.html_url ?? undefined,
          bytes: new TextEncoder().encode(stringsOf(member).join('\n')),
        })),
        leads: [json].flat().flatMap(leadsOf),
      }
    : undefined;

const leadsOf = (member: unknown): readonly Led[] => {
  const { assets = [], artifacts = [], workflow_runs: runs = [] } = Leading.safeParse(member).data ?? {};
  return [
    ...assets.map(({ id }) => ({ to: 'asset', id }) as const),
    ...artifacts.flatMap(({ id, expired }) => (expired ? [] : [{ to: 'artifact', id } as const])),
    ...runs.flatMap(({ id, status, created_at: at }) =>
      status === 'completed' ? [{ to: 'run', id, at } as const] : [],
    ),
  ];
};

/** The memory of what was read that can be handed to another thread. */
export const memoryOf = (read: Shapes[keyof Shapes] | undefined): ArrayBuffer[] => {
  if (!read) return [];
  const bytes = 'texts' in read ? read.texts.map((text) => text.bytes) : (read.files ?? []).map(({ patch }) => patch);
  return bytes.flatMap((one) => (one ? [one.buffer] : []));
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Whether brackets nest at most `DEEPEST` deep, outside of strings. */
const isShallow = (bytes: Uint8Array): boolean => {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    if (depth > DEEPEST) return false;
  }
  return true;
};

/** Where the string that begins at `from` ends: its closing quote, or the end of the bytes. */
const endOfString = (bytes: Uint8Array, from: number): number => {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
};
