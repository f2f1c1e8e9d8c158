import type { Secret } from '../core/secret.ts';
import type { ProbePlan } from './rotation.ts';

const DEADLINE_MS = 10_000;

/** Runs a program that gets the key on standard input. Undefined: it ended with 0. Else why not, never the key. */
export type RunProgram = (words: readonly string[], secret: Secret) => Promise<string | undefined>;

/** Uses a key as those who have it do. Undefined: it was taken. Else why not, never the key. */
export const createProbe =
  (run: RunProgram) =>
  (plan: ProbePlan, secret: Secret): Promise<string | undefined> =>
    'url' in plan ? ask(plan, secret) : run(plan.command, secret);

type Asking = Extract<ProbePlan, { readonly url: string }>;

const ask = async ({ url, header, scheme }: Asking, secret: Secret): Promise<string | undefined> => {
  const headers = { [header]: scheme === '' ? secret.expose() : `${scheme} ${secret.expose()}` };
  try {
    const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE_MS) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `the probe was answered ${answer.status}`;
  } catch (error) {
    return `the probe was not answered (${error instanceof Error ? error.name : 'failed'})`;
  }
};
