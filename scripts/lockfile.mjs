// Run after every `npm install` that changes package-lock.json: `npm run lockfile`.
// 1. Lists the optional platform packages that npm left out because a registry mirror did not serve them: without
//    them `npm ci` refuses the lock file on every machine.
// 2. Drops the `engines` of packages that only run on the pinned Node (the `node` devDependency): npm itself may run
//    on an older host, compares the engines with that one, and would warn of a runtime that is never used.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const OS = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'netbsd', 'openbsd', 'sunos', 'aix', 'openharmony'];
const CPU = { x64: 'x64', arm64: 'arm64', arm: 'arm', ia32: 'ia32', ppc64: 'ppc64', ppc64le: 'ppc64', s390x: 's390x' };
Object.assign(CPU, { riscv64: 'riscv64', loong64: 'loong64', mips64el: 'mips64el', wasm32: 'wasm32' });

/** What `os`, `cpu` and `libc` a platform package's name tells. */
const platform = (name) => {
  const words = name.split('/').at(-1).split('-');
  const os = words.filter((word) => OS.includes(word));
  const cpu = words.map((word) => CPU[word]).filter(Boolean);
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  return { ...(cpu.length && { cpu }), ...(os.length && { os }), ...(libc.length && { libc }) };
};

for (const [at, entry] of Object.entries(lock.packages)) {
  if (at === '') continue;
  delete entry.engines;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const shared = `node_modules/${name}`;
    if (lock.packages[shared] || lock.packages[`${at}/${shared}`] || !/^\d/.test(version)) continue;
    lock.packages[shared] = { version, dev: entry.dev, ...platform(name), optional: true };
    if (!lock.packages[shared].dev) delete lock.packages[shared].dev;
    process.stdout.write(`listed ${name}@${version}\n`);
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
lock.packages = Object.fromEntries(sorted);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
