import type { Readable } from 'node:stream';
import { logTopics } from './app-log-topics.ts';
import type { Settings } from './config.ts';
import { isLoopback } from './config-kinds.ts';
import { addressOf } from './config-logs.ts';
import type { Certificates } from './core/certificates.ts';
import type { Clock } from './core/clock.ts';
import type { RecordFact } from './core/facts.ts';
import type { Ingress } from './core/ingress.ts';
import type { Live } from './core/live-secret.ts';
import type { Seal } from './core/seal.ts';
import type { Store } from './core/store.ts';
import { logFiles } from './sources/files/files.ts';
import { httpLogs } from './sources/http/http-logs.ts';
import { kafkaLogs } from './sources/kafka-logs.ts';
import { logStdin } from './sources/log-stdin.ts';
import type { Source } from './sources/source.ts';
import { syslog } from './sources/syslog/syslog.ts';

interface LogNeeds {
  readonly store: Store;
  readonly clock: Clock;
  readonly record: RecordFact;
  readonly ingress: Ingress;
  readonly input: Readable;
  readonly seal: Seal;
  readonly live: Live;
  readonly certificates?: Certificates | undefined;
}

/** The log sources that the settings name. */
export const logSources = (settings: Settings, needs: LogNeeds): readonly Source[] => {
  const { logs, http, tls } = settings;
  return [
    ...(logs.files.length > 0 ? [logFiles({ ...needs, paths: logs.files, fromStart: logs.fromStart })] : []),
    ...(logs.stdin ? [logStdin(needs)] : []),
    ...(logs.token || tls.clientCa || isLoopback(http.host)
      ? [
          httpLogs({
            ...needs,
            token: logs.token && needs.live(logs.token),
            certificates: tls.clientCa !== undefined,
            sender: logs.sender,
          }),
        ]
      : []),
    ...(logs.kafka.topics.length > 0 ? [kafkaLogs({ ...needs, topics: logTopics(settings, needs) })] : []),
    ...syslogSources(logs, needs),
  ];
};

const syslogSources = ({ syslog: at, spoolBytes }: Settings['logs'], needs: LogNeeds): readonly Source[] => {
  const listenAt = (name: keyof typeof at) => {
    const address = addressOf(at[name] ?? '');
    return address && { ...address, setting: `logs.syslog.${name}, SYSLOG_${name.toUpperCase()}` };
  };
  const [udp, tcp, tlsAt] = [listenAt('udp'), listenAt('tcp'), listenAt('tls')];
  const { certificates } = needs;
  const tls = tlsAt && certificates && { ...tlsAt, certificates };
  return udp || tcp || tls ? [syslog({ ...needs, udp, tcp, tls, spoolBytes })] : [];
};
