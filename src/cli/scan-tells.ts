import { publicText } from '../core/origin.ts';
import { createScrub } from '../scan/scrub.ts';
import { type Io, say } from './io.ts';
import type { createBaseline, createBaselineWriter } from './scan-baseline.ts';
import type { ScanTells } from './scan-files.ts';
import type { Finding } from './scan-finding.ts';
import { createProgress } from './scan-progress.ts';
import type { Seeded } from './scan-seed.ts';
import type { Tally } from './scan-summary.ts';
import type { ScanOutput } from './scan-text.ts';
import type { Asking } from './scan-validate.ts';

interface Needs {
  readonly seeded: Seeded;
  /** Fingerprints mean something to others. */
  readonly named: boolean;
  readonly io: Pick<Io, 'stderr' | 'stop'>;
  readonly tally: Tally;
  readonly output: ScanOutput;
  readonly baseline?: ReturnType<typeof createBaseline>;
  /** Takes findings instead of the output. */
  readonly writer?: ReturnType<typeof createBaselineWriter>;
  /** Takes findings before the output: their issuers will be asked. */
  readonly asking?: Asking;
  /** How much there is to read, where a progress bar is wanted; `commits` are counted as they become known. */
  readonly progress?: { readonly bytes: number } | 'commits';
}

/** A key may stand in a file's name; all that is written passes here. */
const createMask = ({ engine }: Seeded): ((text: string) => string) => {
  let scrub: ((text: string) => string) | undefined;
  return (text) => {
    scrub ??= createScrub(engine());
    return scrub(text);
  };
};

/** The bar of a scan, where one is wanted. */
const createBar = ({ progress, io, tally: { count } }: Needs) => {
  if (progress === undefined) return undefined;
  const { clear, draw, say } = createProgress((text) => void io.stderr.write(text), Date.now);
  let commits = 0;
  return {
    ...{ clear, say },
    coming(more: number): void {
      commits += more;
    },
    draw(): void {
      const { found } = count;
      if (progress === 'commits') draw({ done: count.commit, total: commits, found, unit: 'commits' });
      else draw({ done: count.bytes, total: progress.bytes, found });
    },
  };
};

interface Tells extends ScanTells {
  write(finding: Finding): void;
  /** Takes the bar away. */
  clear(): void;
}

/** What becomes of that which a scan tells: hidden, listed, kept for the issuers, or written; and counted. */
export const createTells = (needs: Needs): Tells => {
  const { seeded, named, io, tally, output, baseline, writer, asking } = needs;
  const { count } = tally;
  const mask = createMask(seeded);
  const bar = createBar(needs);
  const write = (finding: Finding): void => {
    bar?.clear();
    if (finding.verdict) tally.judged(finding.verdict);
    output.finding({ ...finding, file: mask(finding.file) });
  };
  return {
    write,
    clear: () => bar?.clear(),
    found({ finding, ...rest }) {
      const shown = named ? finding : { ...finding, fingerprint: null };
      if (baseline?.hides(shown)) return void tally.suppressed('baseline');
      count.found += 1;
      if (writer) writer.add(shown);
      else if (asking) asking.add({ finding: shown, ...rest });
      else write(shown);
    },
    unread(file, why, what = 'file') {
      if (io.stop.aborted) return; // that is why
      bar?.clear();
      tally.unreadable(mask(file), why, what);
      say(io.stderr, `keyfuse: ${publicText(mask(file))} could not be read (${why})`);
    },
    skipped: tally.skipped,
    suppressed: tally.suppressed,
    file() {
      count.file += 1;
    },
    commit() {
      count.commit += 1;
      bar?.draw();
    },
    read(bytes) {
      count.bytes += bytes;
      bar?.draw();
    },
    ...(bar && { coming: bar.coming, doing: bar.say }),
  };
};
