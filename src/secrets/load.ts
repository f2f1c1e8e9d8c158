import type { Trouble } from './store.ts';

/** For the import of a client that is not installed with Keyfuse: tens of megabytes that most do without. */
export const absentPackage =
  (...names: readonly [string, ...string[]]) =>
  (error: NodeJS.ErrnoException): Trouble => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return { trouble: 'unusable', why: `needs a package that is not installed: npm install ${names.join(' ')}` };
  };
