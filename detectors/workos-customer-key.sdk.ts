import type { WorkOS } from '@workos-inc/node';
import type { Road } from '../src/core/issuer.ts';

/**
 * One request through the SDK; the road puts our credential on, so that none is known here. Loaded when somebody is
 * asked: a scan asks nobody.
 */
export const sdk = async ({ baseUrl, fetch }: Road): Promise<WorkOS> => {
  const { WorkOS } = await import('@workos-inc/node');
  return new WorkOS('added by the road', {
    apiHostname: baseUrl.hostname,
    https: baseUrl.protocol === 'https:',
    ...(baseUrl.port ? { port: Number(baseUrl.port) } : {}),
    fetchFn: fetch,
    maxRetries: 0,
  });
};
