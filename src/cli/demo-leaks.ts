import { createHash } from 'node:crypto';
import { type DemoKey, REPOSITORY, type Stage } from './demo-stage.ts';

/** A key that leaked, and when (epoch ms): when GitHub sent the webhook, or when the line was in the file. */
export interface Leak {
  readonly source: 'push' | 'comment' | 'log';
  readonly where: string;
  readonly key: DemoKey;
  readonly at: number;
}

/** Three ways a live key leaks, beside what must be left alone. */
export const leaks = ({ github, issue, writeLog }: Stage) => ({
  /** Added in one commit and removed in the next of the same push: the sum of both shows nothing. */
  async push(beside = ''): Promise<Leak> {
    const key = issue('ci-deploy');
    const path = 'config/production.env';
    const commits = [
      { message: 'Add production settings', files: { [path]: `API_KEY=${key.value}\n${beside}` } },
      { message: 'Oops', files: { [path]: 'API_KEY=\n' } },
    ];
    const { after, delivery } = await github.push(REPOSITORY, { commits });
    return {
      source: 'push',
      where: `${REPOSITORY}, a push up to ${after.slice(0, 7)}`,
      key,
      at: delivery?.at ?? Date.now(),
    };
  },
  async comment(): Promise<Leak> {
    const key = issue('support-bot');
    const { delivery } = await github.comment(REPOSITORY, {
      issue: 7,
      body: `It fails with \`Bearer ${key.value}\` here.`,
    });
    return { source: 'comment', where: `${REPOSITORY}, a comment on issue #7`, key, at: delivery?.at ?? Date.now() };
  },
  async log(): Promise<Leak> {
    const key = issue('billing-worker');
    const line = { level: 'error', msg: 'upstream said no', headers: { authorization: `Bearer ${key.value}` } };
    await writeLog(JSON.stringify(line));
    return { source: 'log', where: 'app.log, a line of an error', key, at: Date.now() };
  },
});

export interface Decoy {
  readonly kind: 'another vendor’s key' | 'dead key' | 'canary';
  readonly key: Pick<DemoKey, 'sha256'> & Partial<DemoKey>;
}

/** What looks like a leak and must not be treated as one. */
export const plantDecoys = async ({ workos, github, issue, canary, writeLog, foreignKey }: Stage) => {
  const foreign = foreignKey();
  const dead = issue('retired');
  await fetch(`${workos.url}/api_keys/${dead.id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${workos.credential}` },
  });
  await github.comment(REPOSITORY, { issue: 8, body: `The old key was ${dead.value}, we deleted it.` });
  await writeLog(`2026-01-01T00:00:00Z warn canary token=${canary.value}`);
  const decoys: readonly Decoy[] = [
    { kind: 'another vendor’s key', key: { sha256: createHash('sha256').update(foreign).digest('hex') } },
    { kind: 'dead key', key: dead },
    { kind: 'canary', key: canary },
  ];
  return { decoys, besideThePush: `PAYMENTS_KEY=${foreign}\n` };
};
