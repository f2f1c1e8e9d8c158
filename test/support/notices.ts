import { incidentOf } from '../../src/core/candidate.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Channel, Notice } from '../../src/core/notice.ts';
import type { GithubPlace } from '../../src/core/origin.ts';
import { sample } from '../../src/core/sample.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Store } from '../../src/core/store.ts';
import type { Outcome } from '../../src/core/verdict.ts';

interface Told {
  readonly incident?: string;
  readonly outcome?: Outcome;
  readonly actor?: string;
}

/** A notice of a key that was seen at a place on GitHub, proved dead unless it is said otherwise. */
export const noticeAt = (
  github: GithubPlace,
  { incident = 'inc_00000000000000aa', outcome = 'revoked', actor }: Told = {},
): Notice => ({
  ...{ incident, fingerprint: incident, outcome, detector: 'test-key', issuer: 'workos', critical: false, text: 'T' },
  found: {
    ...{ source: 'github-webhook', locator: `${github.repo}@abc:${github.path}`, receivedAt: 1, mode: 'live', github },
    ...(actor !== undefined && { actor }),
  },
});

/** A notice of a user's key that was live and is proved dead, seen on GitHub; `name` sets it apart from others. */
export const revoked = (name: string, more: Partial<Notice> = {}): Notice => {
  const fingerprint = sample(`fingerprint ${name}`, 64, '0123456789abcdef');
  return {
    ...noticeAt({ repo: 'octo/secret-shop', commit: 'c0ffee', path: 'a.env' }, { incident: incidentOf(fingerprint) }),
    ...{ fingerprint, issuer: 'workos', severity: 'high' },
    key: {
      ...{ id: `api_key_${name}`, environment: 'default', name: `key ${name}` },
      owner: { type: 'user', id: 'user_1', organization: 'org_1' },
    },
    seconds: { detectedToDeleted: 0.25, issuer: 0.1 },
    ...more,
  };
};

/** A clock whose sleeps take 5 ms, and are at least `leastMs` long by its own time. */
export const createQuickClock = (leastMs: number): Clock => {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now(),
    async sleep(ms) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ahead += Math.max(ms, leastMs);
    },
  };
};

/** Runs a channel until it is ended. */
export const startChannel = (channel: Channel, store: Store) => {
  const stop = new AbortController();
  const running = channel.run(stop.signal);
  return {
    note: (notice: Notice, key = 'a key'): Promise<void> => store.write(channel.note(notice, new Secret(key))),
    async end(): Promise<void> {
      stop.abort();
      await running;
    },
  };
};
