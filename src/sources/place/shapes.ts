import type { Said } from './names.ts';
import { timeIn } from './time.ts';

/** What the head of a line says, and the text after the head, which may have a shape of its own. */
export interface Shaped {
  readonly said: Said;
  readonly rest?: string | undefined;
}

const saidOf = (members: Readonly<Record<string, string | undefined>>): Said => {
  const told = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return new Map(told);
};

const shape =
  (pattern: RegExp) =>
  (text: string): Shaped | undefined => {
    const groups = pattern.exec(text)?.groups;
    if (!groups) return undefined;
    const { rest, structured = '', ...members } = groups;
    return { said: new Map([...saidOf(members), ...pairsIn(structured)]), rest };
  };

const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,20}`;
const BSD = String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?`;

/** CRI: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const cri = shape(new RegExp(String.raw`^(?<time>${ISO}) std(?:out|err) [FP](?::\S{0,32})? (?<rest>[^]*)$`));

/** RFC 5424, with or without the octet count of RFC 6587 before it. Structured data is read as pairs; Heroku leaves it away. */
const syslog = shape(
  new RegExp(
    String.raw`^(?:\d{1,6} )?<\d{1,3}>\d (?<time>\S{1,40}) (?<host>\S{1,255}) (?<program>\S{1,128}) \S{1,128} \S{1,64} ` +
      String.raw`(?:(?:-|(?<structured>(?:\[(?:[^\]\\"]|\\.|"(?:[^"\\]|\\.)*"){1,4096}\]){1,16}))(?: |$))?(?<rest>[^]*)$`,
  ),
);

/**
 * RFC 3164, and what rsyslog and syslog-ng write into files (no priority, the time perhaps as of RFC 3339).
 * rsyslog writes no `:` after the tag of what came to it as RFC 5424.
 */
const oldSyslog = shape(
  new RegExp(
    String.raw`^(?:\d{1,6} )?(?:<\d{1,3}>)?(?<time>${BSD}|${ISO}) (?<host>[\w.:-]{1,255}) ` +
      String.raw`(?<program>[\w./-]{1,128})(?:\[\d{1,10}\]:?|:) ?(?<rest>[^]*)$`,
  ),
);

const firstOf = <T>(all: Iterable<T>, most: number): T[] => {
  const first: T[] = [];
  for (const one of all) {
    if (first.length === most) break;
    first.push(one);
  }
  return first;
};

/** One field a line: https://systemd.io/JOURNAL_EXPORT_FORMATS/ */
const journal = (text: string): Shaped | undefined => {
  if (!/^(?:__?[A-Z][A-Z_]{1,63}|MESSAGE|PRIORITY|SYSLOG_[A-Z]{2,32})=/.test(text)) return undefined;
  const fields = firstOf(text.matchAll(/^([A-Z_][A-Z\d_]{0,63})=([^\n]{0,1024})/gm), MOST_PAIRS);
  return {
    said: new Map(fields.reverse().map(([, name = '', value = '']) => [name.toLowerCase().replace(/^_+/, ''), value])),
    rest: fields.find(([, name]) => name === 'MESSAGE')?.[2],
  };
};

/** `name=value`, as logfmt and many others write. No parts of a URL. */
const PAIR = /(?<![\w.@/?&%-])[@_]{0,2}([A-Za-z][\w.-]{0,63})=(?:"((?:[^"\\]|\\.){0,512})"|([^\s"',;&\]})]{1,512}))/g;
/** Members of JSON that was cut, or that stands after other text. */
const MEMBER = /"[@_]{0,2}([A-Za-z][\w./-]{0,63})"\s{0,4}:\s{0,4}(?:"((?:[^"\\]|\\.){0,512})"|(\d[\d.]{0,24}))/g;

/** More pairs tell nothing of a place. */
const MOST_PAIRS = 2_048;

/** What is said by name in a text, whatever else it is. */
const pairsIn = (text: string): Said => {
  const said: Said = new Map();
  for (const pattern of [MEMBER, PAIR]) {
    let left = MOST_PAIRS;
    for (const [, name = '', quoted, bare = ''] of text.matchAll(pattern)) {
      const key = name.toLowerCase();
      left -= 1;
      if (left < 0) break;
      if (!said.has(key)) said.set(key, quoted ?? bare);
    }
  }
  return said;
};

/** W3C trace context: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /(?<![0-9A-Za-z-])00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?![0-9A-Za-z])/;

/** No shape at all: a time in front, pairs, a traceparent anywhere. */
const plain = (text: string, near: number | undefined): Shaped => {
  const said = pairsIn(text);
  const [time, trace] = [timeIn(text, near), TRACEPARENT.exec(text)?.[1]];
  return {
    said: new Map([
      ...said,
      ...(time ? [['time', time] as const] : []),
      ...(trace ? [['traceparent', trace] as const] : []),
    ]),
  };
};

/** The shape of a line that is not JSON. */
export const shapeOf = (text: string, near: number | undefined): Shaped =>
  cri(text) ?? syslog(text) ?? oldSyslog(text) ?? journal(text) ?? plain(text, near);
