// `npm run build`: TypeScript to dist/src, and the kernel's AssemblyScript to WebAssembly beside its sources and in dist/src.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

process.chdir(join(import.meta.dirname, '..'));
const kernel = 'src/scan/kernel';
const dist = 'dist/src';
const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js');

rmSync('dist', { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

for (const [relaxed, name] of ['plain', 'relaxed'].entries()) {
  const file = `kernel-${name}.wasm`;
  const features = ['--enable', 'simd,relaxed-simd,bulk-memory', '--use', `RELAXED=${relaxed}`];
  const output = ['-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '-o', join(kernel, file)];
  const { status } = spawnSync(process.execPath, [asc, `${kernel}/assembly/index.ts`, ...features, ...output], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  copyFileSync(join(kernel, file), join(dist, file));
}

// A few files instead of five hundred: reading and linking them was most of the start of `keyfuse scan`. Each thread and
// process of ours begins in a file of its own; what several share is split off. All lie in one folder, so that what a
// module looks for beside itself stays beside it. Packages stay where npm put them, and can be audited there; but zod
// is eighty files more.
await build({
  entryPoints: [
    'src/main.ts',
    'src/cli/scan-worker.ts',
    'src/sources/github-parse-worker.ts',
    'src/demo/workos-process.ts',
  ],
  outdir: dist,
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
