import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { type Input, makeInput } from './fuzz/inputs.ts';
import { createProbe, type Problem } from './fuzz/probe.ts';
import { probeRules } from './fuzz/rules.ts';
import { helpIfAsked } from './help.ts';
import { createDerived } from './truth/derive.ts';
import { createFormats } from './truth/formats.ts';
import type { KeyMaker } from './truth/key.ts';
import { createRandom, type Random } from './truth/random.ts';

const USAGE = 'npm run fuzz -- [--minutes N | --cases N] [--seed N] [--case SEED [--keep FILE]]';
helpIfAsked(
  USAGE,
  `Cuts, mutates and floods texts with keys in them, and writes rule packs; each is scanned whole, in pieces and by the
kernel's plain twin, and all must find the same in good time. Tells what goes wrong with the seed that plays it again.

--minutes N, --cases N  how long (default: one minute)
--seed N                other inputs
--case SEED             plays one again; --keep FILE writes its input, which may hold made-up keys

Exit code 1 if something was lost, invented or thrown.`,
);
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    /** As many instead, however long they take: the same on every machine. */
    cases: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** Plays one case again. */
    case: { type: 'string' },
    /** Where its input is written; it may hold made-up keys. */
    keep: { type: 'string' },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const registry = detectors(detectorSettings.parse({}));
const probe = createProbe(registry);
const createMakers = (random: Random): readonly KeyMaker[] => [
  ...registry.flatMap((detector) => createDerived(detector, random) ?? []),
  ...createFormats(random),
];
/** The chance of the case that is played: makers are built once, for their shapes take long to find. */
const chance = { now: createRandom(0) };
const makers = createMakers({
  int: (below) => chance.now.int(below),
  pick: (from) => chance.now.pick(from),
  text: (alphabet, length) => chance.now.text(alphabet, length),
  bytes: (length) => chance.now.bytes(length),
});
const inputOf = (seed: number): Input => {
  chance.now = createRandom(seed);
  return makeInput(chance.now, makers);
};
const playOf = (seed: number, bytes: Buffer): Problem | undefined => probe(bytes, createRandom(seed ^ 0x5eed));

/** A smaller input with the same fault, as far as a few hundred cuts lead. */
const shrink = (seed: number, bytes: Buffer, check: Problem['check']): Buffer => {
  let small = bytes;
  let left = check === 'slow' ? 40 : 300;
  for (let width = small.length >> 1; width > 0 && left > 0; width >>= 1) {
    for (let at = 0; at + width <= small.length && left > 0; left -= 1) {
      const less = Buffer.concat([small.subarray(0, at), small.subarray(at + width)]);
      if (playOf(seed, less)?.check === check) small = less;
      else at += width;
    }
  }
  return small;
};

/** Every eighth case is a pack of rules instead. */
const isRules = (seed: number): boolean => seed % 8 === 0;

const tellRules = (seed: number, { check, detail }: Problem): void =>
  say(`${check.toUpperCase()}  case ${seed}, rules: ${detail}`);

const tell = (seed: number, { name, bytes }: Input, { check, detail }: Problem): void =>
  say(
    `${check.toUpperCase()}  case ${seed}, ${name}, ${bytes.length} bytes, ${shrink(seed, bytes, check).length} when made small: ${detail}`,
  );

const replay = (seed: number): boolean => {
  if (isRules(seed)) {
    const { problem } = probeRules(createRandom(seed));
    if (problem) tellRules(seed, problem);
    return problem === undefined;
  }
  const input = inputOf(seed);
  const problem = playOf(seed, input.bytes);
  if (!problem) say(`case ${seed}, ${input.name}, ${input.bytes.length} bytes: fine`);
  else tell(seed, input, problem);
  if (values.keep) writeFileSync(values.keep, problem ? shrink(seed, input.bytes, problem.check) : input.bytes);
  return problem === undefined;
};

interface Case {
  readonly length: number;
  readonly problem: Problem | undefined;
  show(problem: Problem): void;
}

const playCase = (seed: number): Case => {
  if (isRules(seed)) {
    const { bytes: length, problem } = probeRules(createRandom(seed));
    return { length, problem, show: (it) => tellRules(seed, it) };
  }
  const input = inputOf(seed);
  return { length: input.bytes.length, problem: playOf(seed, input.bytes), show: (it) => tell(seed, input, it) };
};

/** Told, but no failure: the first loses nothing, the second is as documented, the third depends on the machine. */
const tolerated: ReadonlySet<string> = new Set(['early', 'beyond', 'slow'] satisfies Problem['check'][]);

const fuzz = async (most: { readonly minutes: number; readonly cases: number }, first: number): Promise<boolean> => {
  for (let warm = 0; warm < 200; warm += 1) playOf(warm, inputOf(0x7000_0000 + warm).bytes);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const counts = new Map<string, number>();
  let [cases, bytes, told] = [0, 0, seconds()];
  for (let seed = first * 1_000_003; cases < most.cases && seconds() < most.minutes * 60; seed += 1, cases += 1) {
    const { length, problem, show } = playCase(seed);
    bytes += length;
    // What unpacked gives its memory back in a turn of the event loop only.
    if (cases % 50 === 0) await setImmediate();
    if (problem) {
      const before = counts.get(problem.check) ?? 0;
      counts.set(problem.check, before + 1);
      if (before < 5) show(problem);
    }
    if (seconds() - told > 60) {
      told = seconds();
      say(
        `… ${cases} cases, ${(bytes / 1e6).toFixed(1)} MB, ${[...counts.values()].reduce((a, b) => a + b, 0)} problems`,
      );
    }
  }
  const found = [...counts].map(([check, count]) => `${check} ${count}`).join(', ') || 'none';
  say(
    `${cases} cases, ${(bytes / 1e6).toFixed(1)} MB, ${(cases / seconds()).toFixed(0)} cases/s, ${registry.length} detectors, seed ${first}. Problems: ${found}`,
  );
  return [...counts.keys()].every((check) => tolerated.has(check));
};

try {
  const { cases, minutes } = values;
  const most = cases
    ? { cases: Number(cases), minutes: Number.POSITIVE_INFINITY }
    : { cases: Number.POSITIVE_INFINITY, minutes: Number(minutes) };
  const fine = values.case ? replay(Number(values.case)) : await fuzz(most, Number(values.seed));
  process.exitCode = fine ? 0 : 1;
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? error}\n${USAGE}\n`);
  process.exitCode = 1;
}
