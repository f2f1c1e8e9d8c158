import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Programs of ours, with all of our modules, as JavaScript.
 *
 * A few files instead of five hundred: reading and linking them was most of the start of `keyfuse scan`. Each thread and
 * process of ours begins in a file of its own; what several share is split off. All lie in one folder, so that what a
 * module looks for beside itself stays beside it. Packages stay where npm put them, and can be audited there; but zod
 * is eighty files more.
 */
const bundle = (entryPoints, outdir) =>
  build({
    ...{ entryPoints, outdir },
    absWorkingDir: join(import.meta.dirname, '..'),
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: true,
    sourcesContent: false,
    plugins: [
      {
        name: 'packages stay outside',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path === 'zod' || path.startsWith('zod/') ? undefined : { external: true },
          ),
      },
    ],
  });

/** What is shipped. */
export const bundleProduct = () =>
  bundle(
    ['src/main.ts', 'src/cli/scan-worker.ts', 'src/sources/github/parse-worker.ts', 'src/demo/workos-process.ts'],
    'dist/src',
  );

/** Programs that only tests start. */
export const bundleForTests = () =>
  bundle(['test/support/crash-child.ts', 'test/support/rotation-child.ts'], 'node_modules/.cache/keyfuse');
