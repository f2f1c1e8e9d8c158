import type { Group } from './carrier.ts';
import type { Plant } from './plant.ts';
import type { Judged, Score } from './score.ts';

export interface Goal {
  readonly name: string;
  readonly text: string;
  readonly met: boolean;
}

/** Least share of keys found, per way in which they stand. */
export const least: Partial<Record<Group, number>> = {
  clear: 0.995,
  border: 0.995,
  'encoded once': 0.98,
  'broken up': 0.7,
};

export const share = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(part === whole ? 0 : 2)} %`;

export const kindOf = ({ issuer, kind, by }: Plant): string => `${issuer}: ${kind}${by === 'format' ? ' *' : ''}`;

/** Formats of our own table of which not one key was found, in whatever carrier: no detector is for them. */
export const unknownKinds = (judged: readonly Judged[]): ReadonlySet<string> => {
  const known = new Set(judged.filter(({ found }) => found).map(({ plant }) => kindOf(plant)));
  const formats = judged.filter(({ plant }) => plant.by === 'format').map(({ plant }) => kindOf(plant));
  return new Set(formats.filter((kind) => !known.has(kind)));
};

const isEnvironmentKey = ({ plant }: Judged): boolean =>
  plant.kind === 'workos-environment-key' || (plant.issuer === 'workos' && plant.kind === 'environment key');

/** Keys of others that were told to be WorkOS', in plants and in decoys. */
export const namedWorkos = ({ judged, falseAlarms }: Score): readonly string[] => [
  ...judged
    .filter(({ plant, named }) => plant.issuer !== 'workos' && named.some((one) => one.startsWith('workos-')))
    .map(({ plant }) => `${plant.issuer} ${plant.kind}, ${plant.carrier}`),
  ...falseAlarms
    .filter(({ finding, decoy }) => finding.detector.startsWith('workos-') && decoy?.kind === 'foreign shape')
    .map(({ decoy }) => `${decoy?.kind}`),
];

const recallGoals = (judged: readonly Judged[]): readonly Goal[] =>
  Object.entries(least).map(([group, goal]) => {
    const here = judged.filter(({ plant }) => plant.group === group);
    const found = here.filter(({ found }) => found).length;
    return {
      name: `recall, ${group} ≥ ${goal * 100} %`,
      text: `${share(found, here.length)} (${found} of ${here.length})`,
      met: found >= goal * here.length,
    };
  });

/** What the issue asks for, and whether it is so. */
export const goalsOf = (score: Score): readonly Goal[] => {
  const { judged, falseAlarms, extra } = score;
  const unknown = unknownKinds(judged);
  const right = judged.filter(({ found }) => found).length;
  const wrong = namedWorkos(score).length;
  const environment = judged.filter((one) => one.found && isEnvironmentKey(one));
  const so = environment.filter(({ found }) => found?.detector === 'workos-environment-key').length;
  const precision = (wrongOnes: number) => share(right, right + wrongOnes);
  const told = falseAlarms.length + extra.length;
  return [
    ...recallGoals(judged.filter(({ plant }) => !unknown.has(kindOf(plant)))),
    {
      name: 'precision against decoys ≥ 99.5 %',
      text: `${precision(falseAlarms.length)} (${falseAlarms.length} false)`,
      met: right >= 0.995 * (right + falseAlarms.length),
    },
    {
      name: 'precision, findings beside planted keys too ≥ 99.5 %',
      text: `${precision(told)} (${told} false)`,
      met: right >= 0.995 * (right + told),
    },
    { name: 'keys of others named WorkOS: 0', text: String(wrong), met: wrong === 0 },
    {
      name: 'WorkOS environment keys named so: 100 %',
      text: share(so, environment.length),
      met: environment.length > 0 && so === environment.length,
    },
  ];
};
