interface Start {
  readonly least: number;
  readonly most: number;
}

/** Looks at so many bytes of what comes, or at all of it; `all` has them and the rest, and rejects as it does. */
export const peek = async (chunks: AsyncGenerator<Uint8Array>, { least, most }: Start) => {
  const first: Uint8Array[] = [];
  let seen = 0;
  let failed: { readonly error: unknown } | undefined;
  try {
    while (seen < least) {
      const next = await chunks.next();
      if (next.done) break;
      first.push(next.value);
      seen += next.value.length;
    }
  } catch (error) {
    failed = { error };
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      for (let one = first.shift(); one; one = first.shift()) yield one;
      if (failed) throw failed.error;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  }
  return { start: Buffer.concat(first.map((chunk) => chunk.subarray(0, most))).subarray(0, most), all: all() };
};
