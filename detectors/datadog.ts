import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'datadog', docs: 'https://docs.datadoghq.com/account_management/api-app-keys/' } as const;

/** Personal and service access tokens of Datadog, and its newer application keys. */
export const datadog = (): readonly Detector[] => [
  prefixed({
    ...given,
    id: 'datadog-access-token',
    docs: 'https://docs.datadoghq.com/account_management/personal-access-tokens/',
    prefix: ['ddpat_', 'ddsat_', 'ddapp_'],
    alphabet: 'words',
    length: [30, 120],
  }),
  // API keys and older application keys of Datadog: nothing tells them but the name beside them.
  named({ ...given, id: 'datadog-api-key', names: ['datadog', 'dd_api', 'dd-api'], alphabet: 'lower', length: 32 }),
  named({
    ...given,
    id: 'datadog-application-key',
    names: ['datadog', 'dd_app', 'dd-app'],
    alphabet: 'lower',
    length: 40,
  }),
];
