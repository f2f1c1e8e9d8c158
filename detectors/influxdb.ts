import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { assigned } from '../src/core/pattern.ts';
import { random, recognised } from '../src/core/recognised.ts';

const token = (seed: string) => `${random(`influxdb ${seed}`, 86, 'words')}==`;

/** API tokens of InfluxDB: 64 bytes; nothing tells them but the name beside them. */
export const influxdb = (): readonly Detector[] => [
  recognised({
    id: 'influxdb-api-token',
    issuer: 'influxdb',
    docs: 'https://docs.influxdata.com/influxdb/v2/admin/tokens/',
    ...assigned(['influx'], '[A-Za-z0-9_-]{86}=='),
    accept: (secret) => looksRandom(secret, 4),
    examples: () => ({
      context: 'INFLUXDB_TOKEN=',
      ours: ['a', 'b', 'c'].map(token),
      not: [
        token('no name'),
        `INFLUXDB_TOKEN=${token('short').slice(1)}`,
        `INFLUXDB_TOKEN=${token('long').slice(0, -2)}`,
      ],
    }),
  }),
];
