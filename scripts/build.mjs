// `npm run build`: TypeScript to dist/, and the kernel's AssemblyScript to WebAssembly beside its sources and in dist/.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const kernel = 'src/scan/kernel';
const { resolve } = createRequire(import.meta.url);

/** @param {string} program a script of a package, @param {string[]} words what it is told */
const run = (program, ...words) => {
  const { status } = spawnSync(process.execPath, [program, ...words], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};

rmSync(join(root, 'dist'), { recursive: true, force: true });
run(join(dirname(resolve('typescript/package.json')), 'bin/tsc'), '-p', 'tsconfig.build.json');
mkdirSync(join(root, 'dist', kernel), { recursive: true });
for (const [relaxed, name] of ['plain', 'relaxed'].entries()) {
  const file = `${kernel}/kernel-${name}.wasm`;
  const asc = join(dirname(resolve('assemblyscript/package.json')), 'bin/asc.js');
  const features = ['--enable', 'simd,relaxed-simd,bulk-memory', '--use', `RELAXED=${relaxed}`];
  run(
    asc,
    `${kernel}/assembly/index.ts`,
    '-O3',
    '--runtime',
    'stub',
    '--noAssert',
    '--importMemory',
    ...features,
    '-o',
    file,
  );
  copyFileSync(join(root, file), join(root, 'dist', file));
}
