const colours: Readonly<Record<string, number>> = { error: 31, warn: 33, info: 32, debug: 90, trace: 90 };

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text);
};

/** One JSON log line as a person reads it in a terminal: time, level, message, key=value. */
export const pretty = (line: string): string => {
  try {
    const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const clock = String(time).slice(11, 23);
    const word = String(level);
    const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
    return `${clock} \u001b[${colours[word] ?? 0}m${word.padEnd(5)}\u001b[0m ${String(msg)}${rest.join('')}\n`;
  } catch {
    return line;
  }
};
