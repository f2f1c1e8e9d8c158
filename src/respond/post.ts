const DEADLINE_MS = 10_000;

interface Letter {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Cuts it short. */
  readonly stop?: AbortSignal;
}

/** POSTs JSON once, and follows no redirect. Why it did not arrive, or undefined when it did. */
export const post = (url: URL, { headers, body, stop }: Letter): Promise<string | undefined> => {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  return fetch(url, {
    ...{ method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/json', ...headers }, body },
    signal: stop ? AbortSignal.any([stop, deadline]) : deadline,
  }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok ? undefined : `status ${response.status}`;
    },
    (error: unknown) => (error instanceof Error ? error.name : 'failed'),
  );
};
