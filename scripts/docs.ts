// Writes every generated page: `npm run docs`. test/docs.test.ts fails while one of them is not what this writes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pages } from './docs/pages.ts';

const root = join(import.meta.dirname, '..');

for (const [path, text] of pages()) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
