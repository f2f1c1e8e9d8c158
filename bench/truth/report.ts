import { columns } from '../columns.ts';
import { groups } from './carrier.ts';
import { type Goal, kindOf, least, namedWorkos, share, unknownKinds } from './goals.ts';
import type { Judged, Score } from './score.ts';

const grouped = <T>(all: readonly T[], nameOf: (one: T) => string): ReadonlyMap<string, readonly T[]> => {
  const map = new Map<string, T[]>();
  for (const one of all) {
    const name = nameOf(one);
    const list = map.get(name);
    if (list) list.push(one);
    else map.set(name, [one]);
  }
  return map;
};

const recallOf = (judged: readonly Judged[]): string =>
  share(judged.filter(({ found }) => found).length, judged.length);

const perCarrier = (judged: readonly Judged[], all: boolean): string => {
  const rows = groups.flatMap((group) =>
    [
      ...grouped(
        judged.filter(({ plant }) => plant.group === group),
        ({ plant }) => plant.carrier,
      ),
    ]
      .filter(([, here]) => all || here.filter(({ found }) => found).length < (least[group] ?? 0.9) * here.length)
      .map(([carrier, here]) => [group, carrier, String(here.length), recallOf(here)]),
  );
  return rows.length === 0 ? 'none' : columns(['group', 'carrier', 'keys', 'recall'], rows);
};

const perIssuer = (judged: readonly Judged[], all: boolean): string => {
  const of = (here: readonly Judged[], group: string) => recallOf(here.filter(({ plant }) => plant.group === group));
  const rows = [...grouped(judged, ({ plant }) => kindOf(plant))]
    .sort(([a], [b]) => a.localeCompare(b))
    .filter(([, here]) => all || here.some(({ found, plant }) => !found && plant.group === 'clear'))
    .map(([name, here]) => [
      name,
      String(here.length),
      ...['clear', 'encoded once', 'broken up'].map((group) => of(here, group)),
    ]);
  return rows.length === 0 ? 'none' : columns(['issuer: kind', 'keys', 'clear', 'encoded once', 'broken up'], rows);
};

/** Most frequent first. */
const counted = (names: readonly string[], most: number): string => {
  const rows = [...grouped(names, (name) => name)].sort(([, a], [, b]) => b.length - a.length);
  const lines = rows.slice(0, most).map(([name, all]) => `${String(all.length).padStart(6)}  ${name}`);
  return [...lines, ...(rows.length > most ? [`        … ${rows.length - most} more`] : [])].join('\n') || '  none';
};

/** Which kinds are missed where, most first. */
const perKind = (missed: readonly Judged[], most: number): string => {
  const rows = [...grouped(missed, ({ plant, cause }) => `${kindOf(plant)}: ${cause}`)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const where = (all: readonly Judged[]) => [...new Set(all.map(({ plant }) => plant.carrier))].slice(0, 4).join('; ');
  const lines = rows
    .slice(0, most)
    .map(([name, all]) => `${String(all.length).padStart(6)}  ${name} — ${where(all)} (${all[0]?.plant.preview})`);
  return lines.join('\n') || '  none';
};

const missName = ({ plant, cause, named }: Judged): string =>
  `${plant.group}, ${plant.carrier}: ${cause}${cause === 'another extent' ? ` by ${named.join(', ')}` : ''}`;

/** Names of one issuer: `hashicorp`, `HashiCorp Vault`. */
const alike = (a: string, b: string): boolean => {
  const [left, right] = [a, b].map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  return left !== undefined && right !== undefined && (left.includes(right) || right.includes(left));
};

const confusions = (judged: readonly Judged[], issuerOf: Detail['issuerOf']): readonly string[] =>
  judged.flatMap(({ plant, found }) => {
    if (!found || found.detector === plant.kind) return [];
    const { issuer, by } = plant;
    const right = by === 'format' && (alike(found.detector, issuer) || alike(issuerOf(found.detector), issuer));
    return right ? [] : [`${kindOf(plant)} named ${found.detector}`];
  });

export interface Detail {
  /** All carriers and issuers, not only those that miss something. */
  readonly all: boolean;
  readonly most: number;
  /** Of a detector of the registry. */
  issuerOf(detector: string): string;
}

/** The whole report, without any key. */
export const reportOf = (score: Score, goals: readonly Goal[], { all, most, issuerOf }: Detail): string => {
  const { judged, falseAlarms, extra, again } = score;
  const missed = judged.filter(({ found }) => !found);
  const unknown = unknownKinds(judged);
  const clearMisses = missed.filter(({ plant }) => plant.group === 'clear' && !unknown.has(kindOf(plant)));
  const perGroup = groups.map((group) => {
    const here = judged.filter(({ plant }) => plant.group === group && !unknown.has(kindOf(plant)));
    return [
      group,
      ...[undefined, 'registry', 'format'].map((by) => recallOf(here.filter(({ plant }) => !by || plant.by === by))),
    ];
  });
  const part = (title: string, text: string) => `\n## ${title}\n\n${text}`;
  return [
    columns(['group', 'recall', 'keys of the registry', 'keys of our own table (*)'], perGroup),
    part(
      all ? 'Recall per encoding' : 'Carriers below the goal',
      perCarrier(
        judged.filter(({ plant }) => !unknown.has(kindOf(plant))),
        all,
      ),
    ),
    part(
      all ? 'Recall per issuer' : 'Kinds with a miss in clear',
      perIssuer(
        judged.filter(({ plant }) => !unknown.has(kindOf(plant))),
        all,
      ),
    ),
    part('Misses by cause', counted(missed.map(missName), most)),
    part('Formats of our own table that nothing knows (not counted in the goals)', [...unknown].join('; ') || 'none'),
    part('Misses in clear, per kind', perKind(clearMisses, most)),
    part(
      'False alarms in decoys',
      counted(
        falseAlarms.map(
          ({ finding, decoy }) =>
            `${finding.detector} in ${decoy?.kind ?? 'between decoys'} ${decoy?.kind.startsWith('placeholder') ? '' : finding.preview}${finding.via.length ? ` via ${finding.via.join(',')}` : ''}`,
        ),
        most,
      ),
    ),
    part(
      'Other findings in files with keys',
      counted(
        extra.map(
          ({ finding, beside }) =>
            `${finding.detector} ${beside ? `beside ${beside.issuer} ${beside.kind} in ${beside.carrier}` : 'in filler'}`,
        ),
        most,
      ),
    ),
    part('Named otherwise', counted(confusions(judged, issuerOf), most)),
    part('Others’ keys named WorkOS', counted(namedWorkos(score), most)),
    part(
      'Keys told twice',
      counted(
        again.map(({ detector, via }) => `${detector} via ${via.join(',') || 'nothing'}`),
        10,
      ),
    ),
    part(
      'Goals',
      columns(
        ['goal', 'measured', ''],
        goals.map(({ name, text, met }) => [name, text, met ? 'met' : 'MISSED']),
      ),
    ),
  ].join('\n');
};
