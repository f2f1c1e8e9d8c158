import { createInterface } from 'node:readline';
import { type EmulatedWorkosOptions, startEmulatedWorkos } from './workos.ts';
import type { Stock } from './workos-child.ts';

// An emulated WorkOS environment in a process of its own, so that a bench does not share a core's event loop with it.
// Standard input: one JSON object a line. The first is the options of startEmulatedWorkos; each later one is a call,
// {"id", "do", "with": [...]}. Standard output: {"url"} first, then {"id", "is"} or {"id", "error"} per call.
// It ends when its input ends, so it never outlives its parent.

interface Order {
  readonly id: number;
  readonly do: string;
  readonly with: readonly unknown[];
}

const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const first = await lines.next();
if (first.done) process.exit(0);
const workos = await startEmulatedWorkos(JSON.parse(first.value) as EmulatedWorkosOptions);

const orders: Readonly<Record<string, unknown>> = {
  ...workos,
  issueKeys: (count: number, name: string) => Array.from({ length: count }, () => workos.issueKey({ name })),
  stock: ({ organizations, users, each }: Stock) => {
    for (let nth = 0; nth < organizations + users; nth += 1) {
      const user = nth < organizations ? {} : { user: `user_${nth}` };
      const organization = `org_${nth < organizations ? nth : 0}`;
      for (let key = 0; key < each; key += 1) workos.issueKey({ organization, ...user, name: `key ${key}` });
    }
  },
  sentValues: () => [...workos.sentValues()],
  refusedCredentials: () => [...workos.refusedCredentials()],
  inject: (...args: Parameters<typeof workos.inject>) => void workos.inject(...args),
};

say({ url: workos.url });
for await (const line of { [Symbol.asyncIterator]: () => lines }) {
  const order = JSON.parse(line) as Order;
  try {
    const call = orders[order.do];
    if (typeof call !== 'function') throw new Error(`no such order: ${order.do}`);
    say({ id: order.id, is: (await call(...order.with)) ?? null });
  } catch (error) {
    say({ id: order.id, error: String(error) });
  }
}
process.exit(0);
