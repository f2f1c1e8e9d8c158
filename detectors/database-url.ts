import type { Detector } from '../src/core/detector.ts';
import { isUnspoken, looksRandom, mayBeRandom } from '../src/core/entropy.ts';
import { random, recognised } from '../src/core/recognised.ts';

const password = (seed: string) => random(`database ${seed}`, 16);
const url = (scheme: string) => `${scheme}://app:${password(scheme)}@db-1.prod.acme.net`;

/** Between the second colon, that of the user, and the one @. */
const passwordOf = (secret: string): string =>
  secret.slice(secret.indexOf(':', secret.indexOf('://') + 3) + 1).split('@')[0] ?? '';

/** Passwords that tutorials and test set-ups use, and names of variables that stand for one. */
const COMMON =
  /^(?:.{0,8}(?:p[a4@]ss(?:w(?:[o0]r)?d)?|s3cr3t|pwd|secret|token|changeit|postgres|mysql|mongo|redis|guest|admin|root|test|user|demo|wordpress|foo|bar|dev|local)[0-9!@#_-]{0,6}|(?:.)\*+|%[sv]|[x.*]+|[a-z]{1,6})$/i;

/** Names of variables, and words, with a number behind them or none. */
const WORDS = /^(?:[A-Z][A-Z0-9_]+|[A-Za-z]+[0-9]{0,6})$/;

/** Words put together (`nextcloud`) have as many consonants in a row as random letters, but more vowels. */
const isSpoken = (text: string): boolean =>
  !isUnspoken(text) ||
  (!/[a-z].*[A-Z]|[A-Z].*[a-z]/.test(text) &&
    text.replace(/[^aeiou]/gi, '').length * (text.length < 14 ? 4 : 3) >= text.length);

const isPassword = (text: string): boolean =>
  !COMMON.test(text) && (looksRandom(text, 2.5) || (mayBeRandom(text, 2.5) && !(WORDS.test(text) && isSpoken(text))));

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
    // The colon stands twice, so that what follows a scheme is part of what is looked for: `redis` alone is a word.
    pattern:
      /(?<secret>(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|clickhouse|cockroachdb)(?:\+[a-z0-9_]{1,20}:|:)\/\/[^\s:@/"'`<>(){}\\$]{0,48}:[^\s:@/"'`<>(){}\\$]{6,90}@(?!localhost|127\.|0\.0\.0\.0|host)[A-Za-z0-9-]{1,40}(?:(?:\.[A-Za-z0-9-]{0,39}[A-Za-z0-9]){1,6}|(?=[:/])))(?![A-Za-z0-9])/,
    accept: (secret) => isPassword(passwordOf(secret)),
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
