import type { Writable } from 'node:stream';
import type { Fact } from '../core/facts.ts';
import type { Outcome } from '../core/verdict.ts';
import type { Leak } from './demo-leaks.ts';
import { say } from './io.ts';

/** A step of the story of one key, and when it was said (epoch ms). */
interface Step {
  readonly at: number;
  readonly verb: string;
  readonly text: string;
}

/** The timeline that a person sees. */
export const createScreen = (to: Writable) => {
  const stories = new Map<string, Step[]>();
  const ends = new Map<string, { outcome: Outcome; at: number }>();
  const line = (text = '') => say(to, text);

  return {
    /** Takes every fact of the daemon. */
    watch(fact: Fact): void {
      if (!('fingerprint' in fact) || !('incident' in fact)) return;
      const at = Date.now();
      if (fact.type === 'incident.ended') ends.set(fact.fingerprint, { outcome: fact.outcome, at });
      const step = stepOf(fact);
      if (step) stories.set(fact.fingerprint, [...(stories.get(fact.fingerprint) ?? []), { at, ...step }]);
    },
    ended: (fingerprint: string) => ends.get(fingerprint),
    opening(): void {
      line('Keyfuse demo: real HTTP and git against an emulated WorkOS and GitHub. Nothing leaves this machine.');
      line();
    },
    async follow({ where, key, at }: Leak, over: Promise<void>): Promise<void> {
      await over;
      line(`A live key leaks: ${where}`);
      const leaked: Step = { at, verb: 'leaked', text: key.id };
      for (const step of [leaked, ...(stories.get(key.fingerprint) ?? [])])
        line(`  ${`+${Math.max(0, step.at - at)} ms`.padStart(9)}  ${step.verb.padEnd(8)} ${step.text}`);
      const end = ends.get(key.fingerprint);
      line(
        end?.outcome === 'revoked'
          ? `  ${' '.repeat(9)}  dead ${end.at - at} ms after it leaked`
          : `  NOT DEAD: ${end?.outcome ?? 'no outcome'}`,
      );
      line();
    },
    decoy(kind: string, { sent, deleted, outcome }: { sent: boolean; deleted: boolean; outcome: string }): void {
      const fate = `${outcome}, ${sent ? 'asked about' : 'never sent'}, ${deleted ? 'DELETED' : 'not deleted'}`;
      line(`Decoy, ${kind}: ${fate}`);
    },
    /** With `where`: what there is to see while it runs. */
    ending(ok: boolean, where: Where | undefined): void {
      for (const text of [...verdict(ok), ...(where ? hints(where) : [])]) line(text);
    },
    closing: () => line('The demo ends, and its folder goes with it.'),
  };
};

export type Screen = ReturnType<typeof createScreen>;

const stepOf = (fact: Extract<Fact, { fingerprint: string; incident: string }>): Omit<Step, 'at'> | undefined => {
  switch (fact.type) {
    case 'candidate.found':
      return { verb: 'found', text: `${fact.detector} in ${fact.origin.locator}` };
    case 'key.judged':
      return {
        verb: 'judged',
        text: fact.validity === 'live' ? `live: ${fact.evidence?.name ?? fact.keyId}` : fact.validity,
      };
    case 'revocation.intended':
      return { verb: 'intent', text: 'written to the journal' };
    case 'revocation.answered':
      return { verb: fact.result, text: fact.keyId };
    case 'revocation.proved':
      return { verb: 'proved', text: fact.validity };
    default:
      return undefined;
  }
};

interface Where {
  readonly opsUrl: string;
  readonly dataDir: string;
}

const verdict = (ok: boolean): readonly string[] => [
  '',
  ok
    ? 'All live keys are proved dead, no decoy was harmed, the books balance, the journal is whole.'
    : 'SOMETHING WENT WRONG: see above.',
  '',
];

const hints = ({ opsUrl, dataDir }: Where): readonly string[] => [
  'Look around while it runs (Ctrl-C ends it; another key leaks every 20 s):',
  `  metrics    curl -s ${opsUrl}/metrics`,
  `  health     curl -s ${opsUrl}/readyz`,
  `  journal    npm run -s keyfuse -- audit verify --data-dir ${dataDir}`,
  `  incidents  npm run -s keyfuse -- incidents list --data-dir ${dataDir}`,
  '',
];
