import type { Ingress } from '../../src/core/ingress.ts';
import { openIngress } from '../../src/ops/ingress.ts';
import { createListener } from '../../src/ops/listener.ts';
export interface TestIngress extends Ingress {
  readonly url: string;
  close(): Promise<void>;
}
/** The real ingress on a loopback port. */
export const startIngress = async (port = 0): Promise<TestIngress> => {
  const listener = createListener(
    { host: '127.0.0.1', port, settings: 'test' },
    { headersMs: 10000, callMs: 120000, connections: 1000 },
  );
  const ingress = openIngress(listener, { failed: () => undefined, turnedAway: () => undefined });
  const url = await listener.listen();
  return { url, ...ingress, close: () => listener.close(100) };
};
