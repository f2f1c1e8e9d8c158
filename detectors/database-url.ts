import type { Detector } from '../src/core/detector.ts';
import { looksRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

const password = (seed: string) => random(`database ${seed}`, 16);
const url = (scheme: string) => `${scheme}://app:${password(scheme)}@db-1.prod.acme.net`;

/** Between the second colon, that of the user, and the one @. */
const passwordOf = (secret: string): string =>
  secret.slice(secret.indexOf(':', secret.indexOf('://') + 3) + 1).split('@')[0] ?? '';

/** Passwords that tutorials and test set-ups use, and names of variables that stand for one. */
const COMMON =
  /^(?:.{0,8}(?:pass(?:w(?:or)?d)?|pwd|secret|token|changeit|postgres|mysql|mongo|redis|guest|admin|root|test|user|demo|foo|bar|dev|local)[0-9!@#_-]{0,6}|[A-Z][A-Z_]+|(?:.)\*+|%[sv]|[x.*]+|[a-z]{1,10})$/i;

/**
 * An address of a database with user, password and host: the three together are the key. Of this machine and of the
 * hosts of documentation none is a leak; nor is what stands where a variable goes (`$`, braces, angle brackets).
 */
export const databaseUrl = (): readonly Detector[] => [
  recognised({
    id: 'database-url',
    issuer: 'database',
    docs: 'https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS',
    keywords: [
      'postgres',
      'mysql',
      'mariadb',
      'mongodb',
      'redis',
      'amqp',
      'mssql',
      'sqlserver',
      'clickhouse',
      'cockroachdb',
    ],
    pattern:
      /(?<secret>(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb)(?:\+[a-z0-9_]{1,20})?:\/\/[^\s:@/"'`<>(){}\\$]{0,48}:[^\s:@/"'`<>(){}\\$]{6,90}@(?!localhost|127\.|0\.0\.0\.0|host)[A-Za-z0-9-]{1,40}(?:(?:\.[A-Za-z0-9-]{0,39}[A-Za-z0-9]){1,6}|(?=[:/])))(?![A-Za-z0-9])/,
    accept: (secret) => !COMMON.test(passwordOf(secret)) && looksRandom(passwordOf(secret), 2.5),
    examples: () => ({
      ours: [
        ...['postgres', 'postgresql', 'postgresql+asyncpg', 'mysql', 'mongodb+srv', 'amqps', 'mssql'].map(url),
        `redis://:${password('no user')}@cache.acme.net`,
      ],
      not: [
        `postgres://app:${password('here')}@localhost`,
        `postgres://app:${password('documentation')}@db.example.com`,
        'postgres://postgres:postgres@db.acme.net',
        'mysql://root:password123@db.acme.net',
        ['mongodb://app:$', '{MONGO_PASSWORD}@db.acme.net'].join(''),
        'redis://app:SECRET_PASSWORD@cache.acme.net',
        `https://app:${password('not a database')}@acme.net`,
      ],
    }),
  }),
];
