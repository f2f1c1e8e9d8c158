import { createHash } from 'node:crypto';
import type { Decision } from '../core/verdict.ts';

export interface Shown {
  readonly version: string;
  readonly mode: Decision;
  readonly problems: readonly string[];
}

/** What the ops address offers. */
export const endpoints = {
  '/metrics': 'numbers for Prometheus (text, or OpenMetrics when asked for)',
  '/healthz': '200 while the process answers',
  '/readyz':
    '200 when what comes is accepted, 503 with the reasons otherwise; `degraded` says what keeps keys from being deleted',
} as const;

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}' +
  '.watch{background:#b00020;color:#fff;font-size:1.6rem;font-weight:700;padding:1rem;text-align:center}' +
  '.bad{color:#b00020}dt{font-family:monospace}';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Nothing but our own style runs or loads. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What nobody may overlook, in words; undefined when the default policy deletes. */
export const warningOf = (mode: Decision): string | undefined =>
  mode === 'watch' || mode === 'hold' ? `${mode.toUpperCase()} MODE: live keys are not deleted` : undefined;

/** The page of the ops address. */
export const page = ({ version, mode, problems }: Shown): string => {
  const warning = warningOf(mode);
  const rows = Object.entries(endpoints).map(
    ([path, what]) => `<dt><a href="${path}">${path}</a></dt><dd>${what}</dd>`,
  );
  const state =
    problems.length === 0
      ? '<p>Ready.</p>'
      : `<ul class="bad">${problems.map((it) => `<li>${escaped(it)}</li>`).join('')}</ul>`;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>keyfuse</title>',
    `<style>${style}</style></head><body>`,
    warning ? `<p class="watch" role="alert">${warning}</p>` : '',
    `<h1>keyfuse ${escaped(version)}</h1><p>Default policy: <strong>${mode}</strong></p>${state}`,
    `<dl>${rows.join('')}</dl></body></html>\n`,
  ].join('');
};
