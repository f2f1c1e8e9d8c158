/** JSON whose whole numbers beyond 2^53 are text: GitHub's ids of deliveries have 64 bits. Undefined when it is no JSON. */
export const readJson64 = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes), exact);
  } catch {
    return undefined; // The error would quote the text, which may hold a key.
  }
};

// The third argument is not in TypeScript's library yet. https://tc39.es/proposal-json-parse-with-source/
const exact = ((_key: string, value: unknown, { source }: { readonly source?: string }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '') ? source : value) as (
  key: string,
  value: unknown,
) => unknown;
