import { type WorkosRoute, workosRoutes } from './workos-api.ts';
import { sha256 } from './workos-keys.ts';

/** One call as it came in; never with a body, so never with a key's value. */
interface LoggedCall {
  readonly method: string;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How often each route was called, and the newest calls (at most 10,000), oldest first. */
export interface WorkosStats {
  readonly calls: Readonly<Record<WorkosRoute, number>>;
  readonly newest: readonly LoggedCall[];
}

const KEEP = 10_000;

/** What came in: calls by route, and by SHA-256 the values sent and the credentials refused. */
export const createLedger = (now: () => number) => {
  const calls = Object.fromEntries(workosRoutes.map((route) => [route, 0])) as Record<WorkosRoute, number>;
  const newest: LoggedCall[] = [];
  const values = new Map<string, number>();
  const refused = new Set<string>();
  return {
    note(route: WorkosRoute, method: string, path: string): void {
      calls[route] += 1;
      newest.push({ method, path, at: now() });
      if (newest.length > 2 * KEEP) newest.splice(0, KEEP);
    },
    /** Counts the value in a validation's body; a body that is no JSON counts as a value itself. */
    noteValue(body: Buffer): void {
      const text = body.toString();
      let value: unknown = text;
      try {
        value = (JSON.parse(text) as { value?: unknown } | null)?.value ?? text;
      } catch {}
      const digest = sha256(typeof value === 'string' ? value : text);
      values.set(digest, (values.get(digest) ?? 0) + 1);
    },
    refuse: (credential: string): void => void refused.add(sha256(credential)),
    stats: (): WorkosStats => ({ calls: { ...calls }, newest: newest.slice(-KEEP) }),
    validations: (valueSha256: string): number => values.get(valueSha256) ?? 0,
    sentValues: (): ReadonlySet<string> => new Set(values.keys()),
    refusedCredentials: (): ReadonlySet<string> => new Set(refused),
  };
};

export type Ledger = ReturnType<typeof createLedger>;
