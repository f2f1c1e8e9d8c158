/**
 * Every text in a JSON value, in its order, each once: whatever somebody could have written there, in fields that we know
 * and in those that GitHub adds tomorrow. `known`: texts that are read already.
 */
export const stringsOf = (json: unknown, known: ReadonlySet<string> = new Set()): readonly string[] => {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === 'string') {
      if (value !== '' && !known.has(value)) found.add(value);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) {
        // Names are somebody's text too where an object is free: inputs of a workflow, a payload of a deployment.
        if (!Array.isArray(value) && !NAME.test(name)) look(name);
        look(one);
      }
    }
  };
  look(json);
  return [...found];
};

/** What GitHub calls its fields. */
const NAME = /^[a-z0-9+-][a-z0-9_+-]{0,40}$/;
