// `npm run build`: TypeScript to dist/src, and the kernel's AssemblyScript to WebAssembly beside its sources and in dist/src.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundleProduct } from './bundle.mjs';

process.chdir(join(import.meta.dirname, '..'));
const kernel = 'src/scan/kernel';
const dist = 'dist/src';
const asc = join(dirname(createRequire(import.meta.url).resolve('assemblyscript/package.json')), 'bin/asc.js');

rmSync('dist', { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await bundleProduct();

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
