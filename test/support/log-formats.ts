import { inspect, styleText } from 'node:util';
import { pino } from 'pino';
import winston from 'winston';

/** Lines as services and their libraries write them, with a key where keys leak. By the name of the format. */
export const formats: Readonly<Record<string, (key: string) => string>> = {
  // https://httpd.apache.org/docs/2.4/logs.html
  common: (key) => `10.0.0.7 - frank [10/Oct/2026:13:55:36 -0700] "GET /v1/me?api_key=${key} HTTP/1.1" 200 2326`,
  combined: (key) =>
    `10.0.0.7 - - [10/Oct/2026:13:55:36 -0700] "GET / HTTP/1.1" 401 12 "https://shop.test/?token=${key}" "curl/8.5.0"`,
  nginx: (key) =>
    `2026/10/10 13:55:36 [error] 7#7: *1 upstream timed out, client: 10.0.0.7, request: "GET /?k=${key}", host: "shop.test"`,
  logfmt: (key) => `ts=2026-10-10T13:55:36Z level=error msg="charge failed" auth="Bearer ${key}" took=12ms`,
  json: (key) => JSON.stringify({ level: 'error', msg: 'charge failed', headers: { authorization: `Bearer ${key}` } }),
  'json in json': (key) => JSON.stringify({ log: `${JSON.stringify({ body: JSON.stringify({ token: key }) })}\n` }),
  pino: (key) => written((to) => pino({ name: 'shop' }, to).error({ config: { token: key } }, 'charge failed')),
  winston: (key) => {
    const { combine, colorize, timestamp, printf } = winston.format;
    const line = printf(({ level, message }) => `${level}: ${message}`);
    const shown = combine(timestamp(), colorize({ all: true }), line).transform({
      ...{ level: 'error', message: key, [Symbol.for('level')]: 'error' },
    });
    return String(Reflect.get(Object(shown), Symbol.for('message')));
  },
  colour: (key) => `${styled('red', 'ERROR')} token ${styled('yellow', key)}${styled('gray', ' took 12 ms')}`,
  'node, inspected': (key) => inspect({ config: { token: key, tries: 3 } }, { colors: true, depth: 4 }),
  'node, stack': (key) => `${new Error(`401 for ${key}`).stack}`,
  'java, stack': (key) =>
    [
      '2026-10-10 13:55:36.123 ERROR 7 --- [nio-8080-exec-1] c.a.Shop : charge failed',
      'java.lang.IllegalStateException: charge failed',
      '\tat com.acme.Shop.charge(Shop.java:42)',
      `Caused by: java.io.IOException: 401 for https://api.test/?key=${key}`,
      '\t... 42 common frames omitted',
    ].join('\n'),
  'python, stack': (key) =>
    [
      'Traceback (most recent call last):',
      '  File "/app/shop.py", line 7, in charge',
      `    client = Client("${key}")`,
      'ValueError: 401',
    ].join('\n'),
  // https://www.postgresql.org/docs/current/runtime-config-logging.html
  postgres: (key) => `2026-10-10 13:55:36.123 UTC [77] LOG:  statement: UPDATE users SET token = '${key}' WHERE id = 7`,
};

const styled = (how: 'red' | 'yellow' | 'gray', text: string): string =>
  styleText(how, text, { validateStream: false });

/** What a library wrote, without the end of the line. */
const written = (write: (to: { write(text: string): void }) => void): string => {
  let text = '';
  write({
    write(piece) {
      text += piece;
    },
  });
  return text.trimEnd();
};
