/** Nobody logs deeper; the parser of JSON would stop the process for long on what is. */
const MOST_NESTED = 256;

/** The value of a JSON text that strangers wrote; undefined if it is none, or a trap. */
export const parsedJson = (text: string): unknown => {
  if (isTooNested(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Counts brackets, those in strings too: a text full of them is read as plain text then. */
const isTooNested = (text: string): boolean => {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at) | 0x20;
    if (code === 0x7b) depth += 1;
    else if (code === 0x7d) depth -= 1;
    if (depth > MOST_NESTED) return true;
  }
  return false;
};
