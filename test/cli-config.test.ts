import { expect, test } from '@jest/globals';
import { fresh, keyfuse } from './support/daemon.ts';

const secrets = () => ({ WORKOS_API_KEY: fresh().secret, WEBHOOK_SECRET: fresh().secret });

test.each<[string, readonly string[], Record<string, string>, string]>([
  ['the defaults', [], {}, 'mode delete; watches GitHub webhooks, POST /logs; embedded topic in .keyfuse'],
  [
    'other settings',
    [],
    { KEYFUSE_MODE: 'watch', HOST: '0.0.0.0', LOG_FILES: '/etc/passwd,/etc/hosts', DATA_DIR: '/data' },
    'mode watch; watches GitHub webhooks, log files /etc/passwd /etc/hosts; embedded topic in /data',
  ],
  [
    'syslog',
    [],
    { SYSLOG_UDP: ':514', SYSLOG_TLS: '[::1]:6514', TLS_CERT: '/cert.pem', TLS_KEY: '/key.pem' },
    'mode delete; watches GitHub webhooks, POST /logs, syslog/udp at :514, syslog/tls at [::1]:6514; embedded topic in .keyfuse',
  ],
  [
    'half of it',
    ['--role', 'scan'],
    { KAFKA_BROKERS: 'kafka:9092', SEAL_KEYS: `k1:${fresh().key}`, FINGERPRINT_KEY: fresh().key },
    'watches GitHub webhooks, POST /logs; Kafka at kafka:9092',
  ],
])('config check says what would run: %s', async (...row) => {
  const [, args, env, told] = row;
  const asked = await keyfuse(['config', 'check', ...args], { ...secrets(), ...env });
  expect(asked).toEqual({ exit: 0, output: `ok: ${told}\n` });
});
