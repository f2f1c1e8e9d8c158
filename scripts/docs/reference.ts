import { detectorSettings, detectors } from '../../detectors/index.ts';
import type { Detector } from '../../src/core/detector.ts';
import { faults } from '../../src/core/errors.ts';
import { counters, gauges, histograms, type Series } from '../../src/record/catalogue.ts';
import { cell, table } from './table.ts';

/** docs/errors.md. */
export const errorsPage = (): string =>
  [
    '# Errors',
    `Every error has a code and says what happens next. The code is the label of \`keyfuse_faults_total\` and stands first in the
message.`,
    table(
      ['next', 'means'],
      [
        ['`retry`', 'later may work: it is tried again, with a growing delay; other keys go on'],
        ['`park`', 'never will work: the message is set aside with its reason (`keyfuse parked list`)'],
        ['`halt`', 'our own state cannot be trusted: the responder stands still and a person is paged'],
        ['`exit`', 'Keyfuse does not start, or ends; for a configuration that is wrong the exit code is 78'],
      ],
    ),
    table(
      ['code', 'next', 'what to do'],
      Object.entries(faults).map(([code, { next, help }]) => [`\`${code}\``, `\`${next}\``, cell(help)]),
    ),
  ].join('\n\n');

/** docs/metrics.md. */
export const metricsPage = (): string =>
  [
    '# Metrics',
    `Served at \`http://127.0.0.1:9464/metrics\` (\`http.opsHost\`, \`http.opsPort\`). Seconds and bytes; counters end in \`_total\`;
times are epoch seconds, ages are made by PromQL. Every label comes from a closed set and every set stands at 0 from the start, so
that \`rate()\` misses nothing: there is no repository, fingerprint or user in a label. Node's own
numbers stand beside them as \`keyfuse_process_*\` and \`keyfuse_nodejs_*\`.`,
    `## Counters\n\n${series(counters)}`,
    `## Histograms\n\n${series(histograms)}`,
    ...Object.entries(histograms).map(([name, { buckets }]) => `Edges of \`${name}\`: ${buckets.join(', ')}.`),
    `## Gauges\n\n${series(gauges)}`,
  ].join('\n\n');

const series = (all: Readonly<Record<string, Series>>): string =>
  table(
    ['metric', 'labels', ''],
    Object.entries(all).map(([name, { help, labels }]) => [`\`${name}\``, labelsOf(labels), cell(help)]),
  );

const labelsOf = (labels: Series['labels']): string =>
  Object.entries(labels)
    .map(([name, values]) =>
      typeof values === 'string' ? `\`${name}\`: every ${values}` : `\`${name}\`: ${[...values].join(', ')}`,
    )
    .join('<br>');

/** docs/detectors.md. */
export const detectorsPage = (): string => {
  const all = detectors(detectorSettings.parse({ 'workos-customer-key': {} }));
  const acted = all.filter(({ validate, critical }) => validate || critical);
  const reported = all.filter((detector) => !acted.includes(detector));
  return [
    '# Detectors',
    `${all.length} kinds of keys of ${new Set(all.map(({ issuer }) => issuer)).size} issuers; [detectors/README.md](../detectors/README.md) tells how to add one.
Patterns are those of the default settings ([configuration](configuration.md)).`,
    ...acted.map(detectorSection),
    '## Reported kinds',
    `Found and reported, first so that none of them is ever taken for a WorkOS key: nobody is asked about them, and nothing is done to
them (outcome \`watched\`). The patterns stand in the files of \`detectors/\`.`,
    table(
      ['detector', 'issuer', 'keywords'],
      reported.map(({ id, issuer, docs, keywords }) => [`[${id}](${docs})`, issuer, cell(named(keywords))]),
    ),
  ].join('\n\n');
};

const MOST_NAMED = 4;
const named = (keywords: readonly string[]): string => {
  const shown = keywords.slice(0, MOST_NAMED).map((word) => `\`${word}\``);
  return [...shown, ...(keywords.length > MOST_NAMED ? ['…'] : [])].join(', ');
};

const detectorSection = (detector: Detector): string => {
  const { id, issuer, docs, keywords, pattern, foreign = [], answers } = detector;
  return [
    `## ${id}`,
    table(
      ['', ''],
      [
        ['issuer', issuer],
        ['format', `<${docs}>`],
        ['keywords', named(keywords)],
        ['a leak of it', whatHappens(detector)],
        ['never sent', foreign.length === 0 ? '—' : foreign.map(({ source }) => `\`${cell(source)}\``).join('<br>')],
      ],
    ),
    `\`\`\`regex\n${pattern.source}\n\`\`\``,
    ...(answers.length > 0 ? [answersOf(detector)] : []),
  ].join('\n\n');
};

const whatHappens = ({ critical, validate, revoke, expire }: Detector): string => {
  if (critical) return 'pages a person at once; it is never sent anywhere and never used';
  if (!validate) return 'is reported; the issuer cannot be asked';
  const ends = [revoke && 'deleted', expire && 'expired if policy says so'].filter(Boolean).join(', or ');
  return `is validated with its issuer and, if live, ${ends || 'a person is paged'}`;
};

/** Answers of one call that mean the same stand together. */
const answersOf = ({ answers }: Detector): string => {
  const rows = new Map<string, { call: string; gives: string; statuses: Set<number> }>();
  for (const { call, gives, status } of answers) {
    const key = `${call} ${gives}`;
    const row = rows.get(key) ?? { call, gives, statuses: new Set() };
    row.statuses.add(status);
    rows.set(key, row);
  }
  return table(
    ['call', 'status (with the shapes that the suite plays)', 'means'],
    [...rows.values()].map(({ call, gives, statuses }) => [call, [...statuses].sort().join(', '), `\`${gives}\``]),
  );
};
