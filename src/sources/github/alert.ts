import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { zlibHeads } from '../../core/zlib-head.ts';
import { GithubRefusal } from './refusal.ts';
import { originOf } from './work-origin.ts';
import type { ScanWork } from './worker.ts';

/** https://docs.github.com/en/rest/secret-scanning/secret-scanning#get-a-secret-scanning-alert */
const Alert = z.object({
  number: z.number(),
  state: z.string(),
  html_url: z.string().nullish(),
  secret: z.string().nullish(),
});

/**
 * Where more than one thing may be in it, the death of one does not settle the alert: it is left to a person. What separates
 * two (a blank, a comma, a quote, `&`) is in no key of ours; a part of it may be base64 or hex of such a text, or packed.
 */
const isOne = (secret: string): boolean =>
  /^[\w.~+/=-]+$/.test(secret.trim()) && (secret.match(/[\w+/-]{16,}/g) ?? []).flatMap(decodings).every(holdsOne);

const decodings = (part: string): readonly Buffer[] => [
  ...(/^[0-9a-f]+$/i.test(part) ? [Buffer.from(part, 'hex')] : []),
  Buffer.from(part, 'base64'),
];

/** What is no text was drawn, and is the key itself. */
const holdsOne = (bytes: Buffer): boolean => {
  const head = bytes.readUInt16BE();
  if (head === GZIP || zlibHeads.has(head)) return false;
  // UTF-16 has zeros between.
  const plain = bytes.filter((byte) => byte !== 0);
  const text = plain.toString();
  return !isUtf8(plain) || /[^\P{Cc}\s]/u.test(text) || isOne(text);
};

const GZIP = 0x1f8b;

/** The secret of an alert (`item`: its number): no webhook holds it. One that somebody closed is no concern of ours. */
export const scanAlert: ScanWork = async (work, { github, outlet, stop }) => {
  const path = `/repos/${work.repo}/secret-scanning/alerts/${work.item}`;
  const { data: alert } = Alert.safeParse(await github.json({ path, stop }));
  if (!alert) throw new GithubRefusal(200, 'an answer that is no alert');
  if (alert.state !== 'open') return undefined;
  if (!alert.secret) throw new GithubRefusal(200, 'an alert without its secret', { unreadable: true });
  const origin = originOf(
    { ...work, source: 'github-alert' },
    {
      locator: ` (secret scanning alert ${alert.number})`,
      link: alert.html_url,
      ...(isOne(alert.secret) && { alert: alert.number }),
    },
  );
  await outlet.text(Buffer.from(alert.secret), origin);
  return undefined;
};
