import type { Detector } from '../src/core/detector.ts';
import { prefixed } from '../src/core/recognised.ts';

/** API key secrets of ClickHouse Cloud. */
export const clickhouse = (): readonly Detector[] => [
  prefixed({
    id: 'clickhouse-api-secret',
    issuer: 'clickhouse',
    docs: 'https://clickhouse.com/docs/cloud/manage/openapi',
    prefix: '4b1d',
    alphabet: 'alphanumeric',
    length: 38,
  }),
];
