/** Every source there is. */
export { logFiles } from './files/files.ts';
export { createGithub } from './github/client.ts';
export { createAlertCloser } from './github/closing.ts';
export { createCommenter } from './github/comments.ts';
export { githubEvents } from './github/events.ts';
export { githubPartner } from './github/partner.ts';
export { githubReconciler } from './github/reconcile.ts';
export { githubWebhook } from './github/webhook.ts';
export { createGithubWork, type GithubWorkNeeds } from './github/work.ts';
export { httpLogs } from './http/http-logs.ts';
export { kafkaLogs } from './kafka-logs.ts';
export { logStdin } from './log-stdin.ts';
export type { Source } from './source.ts';
export { type SyslogNeeds, type SyslogPorts, syslog } from './syslog/syslog.ts';
