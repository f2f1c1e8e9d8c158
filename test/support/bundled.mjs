import { copyFileSync } from 'node:fs';
import { bundleForTests, bundleProduct } from '../../scripts/bundle.mjs';

/** What tests start is what is shipped, as the sources are now. The kernel is built by `npm run build`. */
// biome-ignore lint/style/noDefaultExport: so a set-up of jest must be.
export default async () => {
  await Promise.all([bundleProduct(), bundleForTests()]);
  for (const name of ['kernel-plain.wasm', 'kernel-relaxed.wasm']) {
    copyFileSync(`src/scan/kernel/${name}`, `dist/src/${name}`);
    copyFileSync(`src/scan/kernel/${name}`, `node_modules/.cache/keyfuse/${name}`);
  }
};
