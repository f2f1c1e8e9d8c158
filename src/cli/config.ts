import { Settings } from '../config.ts';
import { isLoopback } from '../config-kinds.ts';
import { leaves } from '../config-leaves.ts';
import { loadSettings, type Role } from '../config-read.ts';
import { expired } from '../config-rules.ts';
import { mistyped } from '../config-typos.ts';
import { systemClock } from '../core/clock.ts';
import { unmatched } from '../sources/files/lookup.ts';
import { columns, type Exit, exits, type Io, say } from './io.ts';

export interface ConfigOptions {
  readonly config?: string;
  readonly role: Role;
}

/** Exit 0 when the daemon would start with these settings; 78 with every fault listed when not. */
export const check = async ({ config: file, role }: ConfigOptions, io: Io): Promise<Exit> => {
  const settings = await loadSettings({ env: io.env, file, role });
  await warn(settings, io);
  say(io.stdout, `ok: ${summary(settings, role).join('; ')}`);
  return exits.fine;
};

/** What would run, for a person to compare with what was meant. */
const summary = ({ policy, github, logs, http, tls, topic, dataDir }: Settings, role: Role): readonly string[] => {
  const watched = [
    github.webhookSecret ? ['GitHub webhooks'] : [],
    logs.files.length > 0 ? [`log files ${logs.files.join(' ')}`] : [],
    logs.stdin ? ['standard input'] : [],
    logs.token || tls.clientCa || isLoopback(http.host) ? ['POST /logs'] : [],
    logs.kafka.topics.length > 0
      ? [`Kafka ${logs.kafka.topics.length === 1 ? 'topic' : 'topics'} ${logs.kafka.topics.join(', ')}`]
      : [],
    Object.entries(logs.syslog).flatMap(([way, at]) => (at === undefined ? [] : [`syslog/${way} at ${at}`])),
  ].flat();
  const rules = policy.rules.length > 0 ? ` (rules before it: ${policy.rules.length})` : '';
  return [
    ...(role === 'scan' ? [] : [`mode ${policy.mode}${rules}`]),
    ...(role === 'respond' ? [] : [`watches ${watched.join(', ')}`]),
    topic.brokers.length > 0 ? `Kafka at ${topic.brokers.join(', ')}` : `embedded topic in ${dataDir}`,
  ];
};

/** Says on standard error what of the settings counts no longer, or not yet. */
export const warn = async (settings: Settings, { env, stderr }: Pick<Io, 'env' | 'stderr'>): Promise<void> => {
  const known = ['KEYFUSE_CONFIG', ...leaves(Settings).flatMap((leaf) => leaf.env ?? [])];
  const waiting = (await unmatched(settings.logs.files)).map(
    (one) => `logs.files: nothing fits ${one} yet; what comes is read`,
  );
  const warnings = [...expired(settings, systemClock.now()), ...mistyped(env, known), ...waiting];
  for (const one of warnings) say(stderr, `keyfuse: warning: ${one}`);
};

/** Every setting with the value in force; secrets print as `[secret]`, addresses without their path. */
export const print = async ({ config: file, role }: ConfigOptions, io: Io): Promise<Exit> => {
  const settings: unknown = await loadSettings({ env: io.env, file, role });
  const valueAt = (path: readonly string[]): string => {
    const value = path.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], settings);
    if (value === undefined) return '-';
    return JSON.stringify(value instanceof URL ? withoutPath(value) : value);
  };
  const rows = leaves(Settings).map(({ path, env }) => [path.join('.'), env ?? '-', valueAt(path)]);
  say(io.stdout, columns([['SETTING', 'VARIABLE', 'VALUE'], ...rows]));
  return exits.fine;
};

/** The path of an address may be a token: that of a chat's incoming webhook is. */
const withoutPath = ({ href, origin }: URL): string => (href === `${origin}/` ? origin : `${origin}/…`);
