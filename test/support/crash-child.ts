/** The daemon, killed by itself just before it says its n-th fact of a kind: `KILL_BEFORE=fact.type`, `KILL_NTH=n`. */
import { startDaemon } from '../../src/app.ts';
import { readConfig } from '../../src/config-read.ts';

let left = Number(process.env['KILL_NTH'] ?? 1);
const daemon = await startDaemon(readConfig({ env: process.env, role: 'all' }), {
  role: 'all',
  version: 'test',
  input: process.stdin,
  env: process.env,
  watch(fact) {
    if (fact.type === process.env['KILL_BEFORE'] && --left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
process.stderr.write(`senders ${daemon.ingressUrl}, metrics ${daemon.opsUrl}/metrics\n`);
process.on('SIGTERM', () => {
  void daemon.stop('signal').then(() => process.exit(0));
});
