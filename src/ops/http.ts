import type { Certificates } from '../core/certificates.ts';
import type { Ingress, TurnedAway } from '../core/ingress.ts';
import { openIngress } from './ingress.ts';
import { createListener, type Limits, type Listener } from './listener.ts';
import { type OpsNeeds, openOps } from './ops.ts';

export interface HttpNeeds extends OpsNeeds {
  /** Address of the ingress. */
  readonly host: string;
  readonly port: number;
  /** With it, the ingress speaks TLS. */
  readonly certificates?: Certificates | undefined;
  /** Address of the ops paths; keep it off the internet. */
  readonly opsHost: string;
  readonly opsPort: number;
  readonly limits?: Partial<Limits>;
  /** Hears of an answer that threw; its sender got 503 or 500. */
  readonly failed?: (error: unknown) => void;
  /** Hears of who was turned away at the ingress. */
  readonly turnedAway?: TurnedAway;
}

export interface Http {
  readonly ingress: Ingress;
  /** Both doors open. Errors: `Fault` `address.in-use`; then neither is. */
  listen(): Promise<{ readonly ingressUrl: string; readonly opsUrl: string }>;
  /** The ingress ends before the ops paths do; calls under way have `ms` to end. */
  close(ms: number): Promise<void>;
}

/** GitHub hangs up after 10 s; a log shipper may take its time over a large body. */
const defaults: Limits = { headersMs: 10_000, callMs: 120_000, connections: 1_000 };

/** The ops paths alone, for who may serve no senders yet. */
export const createOpsDoor = (
  needs: OpsNeeds & Pick<HttpNeeds, 'opsHost' | 'opsPort'>,
): Pick<Listener, 'listen' | 'close'> => {
  const door = createListener({ host: needs.opsHost, port: needs.opsPort, settings: 'OPS_HOST, OPS_PORT' }, defaults);
  openOps(door, needs);
  return door;
};

/** The two HTTP servers: one for senders, one for those who watch. */
export const createHttp = (needs: HttpNeeds): Http => {
  const { host, port, certificates, turnedAway = () => undefined } = needs;
  const limits = { ...defaults, ...needs.limits };
  const outside = createListener({ host, port, certificates, settings: 'HOST, PORT' }, limits, turnedAway);
  const inside = createListener({ host: needs.opsHost, port: needs.opsPort, settings: 'OPS_HOST, OPS_PORT' }, limits);
  openOps(inside, needs);
  const close = async (ms: number) => {
    await outside.close(ms);
    await inside.close(ms);
  };
  return {
    ingress: openIngress(outside, { failed: needs.failed ?? (() => undefined), turnedAway }),
    async listen() {
      try {
        return { ingressUrl: await outside.listen(), opsUrl: await inside.listen() };
      } catch (error) {
        await close(0);
        throw error;
      }
    },
    close,
  };
};
