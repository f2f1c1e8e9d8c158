import { isAbsolute } from 'node:path';
import type { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Detector } from '../core/detector.ts';
import type { Finding } from './scan-finding.ts';
import type { ScanOutput } from './scan-text.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

interface Needs {
  readonly to: Writable;
  readonly version: string;
  readonly detectors: readonly Detector[];
}

/** One SARIF 2.1.0 log, written as it comes (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html). */
export const sarifOutput = ({ to, version, detectors }: Needs): ScanOutput => {
  const tool = { driver: { name: 'Keyfuse', semanticVersion: version, rules: detectors.map(ruleOf) } };
  const indexOf = new Map(detectors.map(({ id }, at) => [id, at]));
  let between = '\n';
  to.write(`{"$schema":${JSON.stringify(SCHEMA)},"version":"2.1.0","runs":[{"tool":${JSON.stringify(tool)},`);
  to.write('"columnKind":"utf16CodeUnits","results":[');
  return {
    finding(finding) {
      to.write(`${between}${JSON.stringify(resultOf(finding, indexOf.get(finding.detector)))}`);
      between = ',\n';
    },
    end(unread) {
      const notifications = unread.map(([file, why]) => ({
        level: 'warning',
        message: { text: `could not be read (${why})` },
        locations: [{ physicalLocation: { artifactLocation: artifactOf(file) } }],
      }));
      const invocation = { executionSuccessful: true, toolExecutionNotifications: notifications };
      to.write(`\n],"invocations":[${JSON.stringify(invocation)}]}]}\n`);
    },
  };
};

/** `security-severity` and `precision` are what GitHub sorts by. */
const ruleOf = ({ id, issuer, docs, critical }: Detector) => ({
  id,
  shortDescription: { text: `A key of ${issuer} (${id})` },
  ...(URL.canParse(docs) && { helpUri: docs }),
  help: { text: `Revoke this key at ${issuer} and issue another; removing the text alone does not help.` },
  defaultConfiguration: { level: 'error' },
  properties: {
    tags: ['security', 'secret', issuer],
    precision: 'high',
    'security-severity': critical ? '9.8' : '8.5',
  },
});

const resultOf = (finding: Finding, ruleIndex: number | undefined) => {
  const { file, line, column, offset, length, detector, fingerprint, preview, via, commit, verdict, reason } = finding;
  const region = { startLine: line, startColumn: column, byteOffset: offset, byteLength: length };
  const said = [`${detector}: ${preview}`, commit ? `commit ${commit}` : [], verdict ?? []].flat().join(', ');
  return {
    ruleId: detector,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: verdict === 'dead' ? 'note' : 'error',
    message: { text: said },
    locations: [{ physicalLocation: { artifactLocation: artifactOf(file), region } }],
    ...(fingerprint !== null && { partialFingerprints: { 'keyfuse/v1': fingerprint } }),
    properties: { preview, via, ...(commit && { commit }), ...(verdict && { verdict }), ...(reason && { reason }) },
  };
};

const artifactOf = (file: string): { uri: string; uriBaseId?: string } => {
  if (/^https?:\/\//.test(file)) return { uri: encodeURI(file) };
  if (isAbsolute(file)) return { uri: pathToFileURL(file).href };
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
};
