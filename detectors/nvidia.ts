import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API keys of NVIDIA (NGC and NIM). */
export const nvidia = (): readonly Detector[] => [
  prefixed({
    id: 'nvidia-api-key',
    issuer: 'nvidia',
    docs: 'https://docs.nvidia.com/ngc/gpu-cloud/ngc-user-guide/index.html',
    prefix: 'nvapi-',
    alphabet: 'words',
    length: [60, 70],
  }),
];
