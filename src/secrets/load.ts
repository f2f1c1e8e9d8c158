import type { Trouble } from './store.ts';

/** For the import of a client that is not installed with Keyfuse: tens of megabytes that most do without. */
export const absentPackage =
  (...names: readonly [string, ...string[]]) =>
  (error: NodeJS.ErrnoException): Trouble => {
    const why = error.code === 'ERR_MODULE_NOT_FOUND' ? 'is not installed' : 'cannot be loaded';
    return { trouble: 'unusable', why: `needs a package that ${why}: npm install ${names.join(' ')}` };
  };
