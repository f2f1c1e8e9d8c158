import { noticeChannels } from '../core/facts.ts';
import { githubClients } from '../core/github-facts.ts';
import { answerClasses, operations } from '../core/issuer.ts';
import { sources } from '../core/origin.ts';
import type { Series } from './series.ts';

const call = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
const answer = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const sync = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1] as const;
const receipt = [...call, 60, 300, 3_600] as const;
/** Every objective (60 s, 300 s) is an edge. */
const leak = [1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800] as const;

/** Every histogram, in seconds. */
export const histograms = {
  keyfuse_source_answer_seconds: {
    help: 'Time until a source acknowledged what it accepted.',
    labels: { source: sources },
    buckets: answer,
  },
  keyfuse_issuer_request_seconds: {
    help: 'Calls to an issuer, answered or not.',
    labels: { issuer: 'issuer', operation: operations },
    buckets: call,
  },
  keyfuse_github_request_seconds: {
    help: "Calls to GitHub's API until the answer began, by class of answer ('none': no answer).",
    labels: { client: githubClients, class: answerClasses },
    buckets: call,
  },
  keyfuse_leak_to_detected_seconds: {
    help: 'From receipt at the source (or the service before it) to the candidate. What leaked in the past is not in it.',
    labels: { source: sources },
    buckets: leak,
  },
  keyfuse_detected_to_deleted_seconds: {
    help: 'From the candidate to the revocation that the issuer confirmed.',
    labels: { issuer: 'issuer' },
    buckets: leak,
  },
  keyfuse_leak_to_dead_seconds: {
    help: 'From receipt to proof of death, for keys that were live. What leaked in the past is not in it.',
    labels: { issuer: 'issuer', source: sources },
    buckets: leak,
  },
  keyfuse_notice_seconds: {
    help: 'From writing a notice down to its receipt. Nothing is timed on GitHub.',
    labels: { channel: noticeChannels },
    buckets: receipt,
  },
  keyfuse_refused_by_api_seconds: {
    help: 'From proof of death at the issuer to the refusal by your own API.',
    labels: {},
    buckets: receipt,
  },
  keyfuse_audit_fsync_seconds: { help: 'Making one batch of the journal durable.', labels: {}, buckets: sync },
} as const satisfies Record<`keyfuse_${string}_seconds`, Series & { readonly buckets: readonly number[] }>;
