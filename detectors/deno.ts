import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

const given = { issuer: 'deno', docs: 'https://docs.deno.com/deploy/classic/' } as const;

export const deno = (): readonly Detector[] => [
  prefixed({ ...given, id: 'deno-deploy-token', prefix: 'ddp_', alphabet: 'alphanumeric', length: 36 }),
  prefixed({ ...given, id: 'deno-organization-token', prefix: 'ddo_', alphabet: 'alphanumeric', length: 36 }),
];
