/**
 * On a fresh machine Jest knows no suite's duration, and goes by the size of its file; a short file that takes two minutes
 * would then begin last, and all but one core wait for it. These take longest, in this order.
 */
const longest = [
  ...['faults/crash', 'topic-kafka', 'detectors', 'faults/daemon', 'faults/kafka', 'github-commits', 'alerts', 'scan'],
  ...['e2e/kafka', 'cli', 'github-outage', 'log-file', 'e2e/embedded', 'cli-backfill', 'github-webhook', 'brake'],
];

const rankOf = ({ path }) => {
  const at = longest.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return at < 0 ? longest.length : at;
};

// biome-ignore lint/style/noDefaultExport: Jest wants a class, so.
export default class {
  sort(tests) {
    return [...tests].sort((a, b) => rankOf(a) - rankOf(b) || a.path.localeCompare(b.path));
  }
  allFailedTests(tests) {
    return tests;
  }
  cacheResults() {}
}
