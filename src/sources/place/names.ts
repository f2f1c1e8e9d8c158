import type { LogPlace } from '../../core/origin.ts';
import { timeOf } from './time.ts';

/** What a record says by name. Names: small letters, without `_` and `@` before, of nested objects joined by dots. */
export type Said = Map<string, string | number>;

type Field = Exclude<keyof LogPlace, 'time'>;

/**
 * Who calls it what, the most telling first. OTel: https://opentelemetry.io/docs/specs/semconv/resource/ · ECS:
 * https://www.elastic.co/docs/reference/ecs · Fluent Bit: https://docs.fluentbit.io/manual/data-pipeline/filters/kubernetes ·
 * Vector: https://vector.dev/docs/reference/configuration/sources/kubernetes_logs/ · journald: systemd.journal-fields(7) ·
 * GELF: https://go2docs.graylog.org/current/getting_in_log_data/gelf.html · Datadog:
 * https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/
 */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  host: [
    ...['host.name', 'host.hostname', 'hostname', 'host', 'k8s.node.name', 'kubernetes.host'],
    ...['kubernetes.node.name', 'kubernetes.pod_node_name', 'node_name', 'nodename', 'node', 'agent.hostname'],
    ...['beat.hostname', 'agent.name', 'source_host', 'machine_name', 'machinename', 'computer', 'instance'],
  ],
  service: [
    ...['service.name', 'service', 'service_name', 'servicename', 'dd.service', 'com.docker.compose.service'],
    ...['com.docker.swarm.service.name', 'app_name', 'appname', 'app', 'application', 'application_name'],
    ...['kubernetes.labels.app.kubernetes.io/name', 'kubernetes.pod_labels.app.kubernetes.io/name'],
    ...['kubernetes.labels.app_kubernetes_io/name', 'kubernetes.labels.app', 'kubernetes.pod_labels.app'],
    ...['kubernetes.labels.k8s-app', 'app.kubernetes.io/name', 'syslog_identifier', 'systemd_unit', 'program'],
    ...['programname', 'syslog.appname', 'log.syslog.appname', 'job', 'comm', 'ddsource'],
  ],
  namespace: [
    ...['k8s.namespace.name', 'kubernetes.namespace_name', 'kubernetes.pod_namespace', 'kubernetes.namespace.name'],
    ...['kubernetes.namespace', 'io.kubernetes.pod.namespace', 'namespace_name', 'kube_namespace', 'namespace'],
  ],
  pod: [
    ...['k8s.pod.name', 'kubernetes.pod_name', 'kubernetes.pod.name', 'io.kubernetes.pod.name', 'pod_name'],
    ...['podname', 'pod'],
  ],
  container: [
    ...['k8s.container.name', 'container.name', 'kubernetes.container_name', 'kubernetes.container.name'],
    ...['io.kubernetes.container.name', 'container_name', 'containername', 'docker.container.name', 'container'],
    ...['container.id', 'kubernetes.container.id', 'docker.container_id', 'kubernetes.docker_id', 'container_id_full'],
    'container_id',
  ],
  trace: [
    ...['trace.id', 'trace_id', 'traceid', 'dd.trace_id', 'oteltraceid', 'otel.trace_id', 'x_trace_id'],
    ...['logging.googleapis.com/trace', 'x-b3-traceid', 'trace', 'traceparent'],
  ],
};

const TIMES = [
  ...['timestamp', 'time', 'ts', 'timeunixnano', 'source_realtime_timestamp', 'realtime_timestamp', 'datetime'],
  ...['date', 'time_iso8601', 'time_local', 'asctime', 'timemillis', 'instant.epochsecond', 'timestamp.seconds'],
  ...['start_time', 'syslog_timestamp', 'observedtimeunixnano'],
];

const NOTHING: LogPlace = {};
const written = (value: string | number | undefined): string | undefined => {
  const text = value === undefined ? '' : String(value).trim();
  return text === '' || text === '-' ? undefined : text;
};

/** What stands around the bare value in some names: `projects/p/traces/T`, `00-T-SPAN-01`, the `/` before Docker's names. */
const BARE: Readonly<Partial<Record<Field, (text: string) => string | undefined>>> = {
  trace: (text) => {
    const bare = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(text)?.[1] ?? text.slice(text.lastIndexOf('/') + 1);
    return /^0*$/.test(bare) ? undefined : bare;
  },
  container: (text) => text.replace(/^\//, ''),
};

const pick = (said: Said, field: Field): string | undefined => {
  for (const name of NAMES[field]) {
    const text = written(said.get(name));
    const bare = text === undefined ? undefined : (BARE[field] ?? String)(text);
    if (bare !== undefined) return bare;
  }
  // Bunyan and pino call the program `name`; alone the name may be anybody's.
  return field === 'service' && said.has('pid') && said.has('hostname') ? written(said.get('name')) : undefined;
};

const pickTime = (said: Said, near: number | undefined): number | undefined => {
  for (const name of TIMES) {
    const time = timeOf(said.get(name), near);
    if (time !== undefined) return time;
  }
  return undefined;
};

/** The place that names tell. `near`: epoch ms, tells the year of times that have none. */
export const placeOfSaid = (said: Said, near?: number): LogPlace => {
  if (said.size === 0) return NOTHING;
  const fields = (Object.keys(NAMES) as Field[]).map((field) => [field, pick(said, field)] as const);
  return mergePlaces(Object.fromEntries([...fields, ['time', pickTime(said, near)]]));
};

/** The first that tells a thing is believed; later ones fill what is missing. */
export const mergePlaces = (...places: readonly LogPlace[]): LogPlace => {
  const told = places.flatMap((place) => Object.entries(place).filter(([, value]) => value !== undefined));
  return Object.fromEntries(told.reverse());
};
