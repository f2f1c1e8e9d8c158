// `npm run compile`: compiles the patterns of the shipped detectors, so that a start need not.
import { writeFileSync } from 'node:fs';
import { detectorSettings, detectors } from '../detectors/index.ts';
import { compile } from '../src/scan/compile.ts';
import { encode } from '../src/scan/compiled/codec.ts';
import { createStatistics } from '../src/scan/pattern/statistics.ts';
import { ruleOf } from '../src/scan/rule.ts';

const statistics = createStatistics();
const shipped = detectors(detectorSettings.parse({})).map(
  (detector) => [detector.pattern, compile(ruleOf(detector), statistics)] as const,
);
writeFileSync(
  new URL('../src/scan/compiled/shipped.ts', import.meta.url),
  `import type { Store } from './codec.ts';

/** The patterns of the shipped detectors, compiled. Written by \`npm run compile\`. */
export const shipped: Store = JSON.parse(
  '${JSON.stringify(encode(shipped))}',
);
`,
);
