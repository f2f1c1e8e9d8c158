/** Names in labels tell of a place; values of other labels do no harm. */
const LABEL = /(?<![\w.])([A-Za-z_][\w.]{0,127})\s{0,8}=\s{0,8}(?:"((?:[^"\\]|\\.){0,4096})"|`([^`]{0,4096})`)/g;
const MOST_LABELS = 256;

/** Labels as Prometheus writes them: `{app="web", pod="web-1"}`. What is not understood is passed over. */
export const labelsOf = (text: string): Readonly<Record<string, string>> => {
  const labels: Record<string, string> = Object.create(null);
  let left = MOST_LABELS;
  for (const [, name = '', quoted, raw = ''] of text.matchAll(LABEL)) {
    left -= 1;
    if (left < 0) break;
    labels[name] = quoted?.replace(/\\(.)/g, '$1') ?? raw;
  }
  return labels;
};
