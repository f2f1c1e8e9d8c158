/** What Kubernetes sets for a service named keyfuse, and what our tests take. */
const LINKS = /^KEYFUSE_(PORT|SERVICE|TEST)/;

/** Others use these as well: only what nearly is one of ours is meant for us. */
const SHARED = /^(?:LOGS?|SYSLOG)_/;
const NEAR = 2;

/** Letters to change, add or leave out to get from one to the other; more than `NEAR` are not counted on. */
const distance = (one: string, other: string): number => {
  if (Math.abs(one.length - other.length) > NEAR) return NEAR + 1;
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [nth, letter] of [...one].entries()) {
    const next = [nth + 1];
    for (let at = 0; at < other.length; at += 1) {
      const swap = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(swap, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

const isMeant = (name: string, known: readonly string[]): boolean =>
  name.startsWith('KEYFUSE_')
    ? !LINKS.test(name)
    : SHARED.test(name) && known.some((one) => distance(name, one) <= NEAR);

/** Variables that look like ours and set nothing: with a mistyped `KEYFUSE_MODE=watch` keys would be deleted. */
export const mistyped = (
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] =>
  Object.keys(env)
    .filter((name) => !known.includes(name) && !known.includes(name.replace(/_FILE$/, '')) && isMeant(name, known))
    .map((name) => `${name} is no setting and does nothing; docs/configuration.md lists what there is`);
