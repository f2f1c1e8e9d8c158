/** Bytes that are taken as they are wanted. `ahead` and `rest` throw as the bytes do. */
export const createIntake = (bytes: AsyncIterable<Buffer>) => {
  const pieces = bytes[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let over = false;
  let taken = 0;

  /** What is next: so many bytes at least, if there are so many. */
  const ahead = async (least: number): Promise<Buffer> => {
    const gathered = [held];
    for (let size = held.length; size < least && !over; ) {
      const next = await pieces.next();
      over = next.done === true;
      if (next.done) break;
      gathered.push(next.value);
      size += next.value.length;
    }
    if (gathered.length > 1) held = Buffer.concat(gathered);
    return held;
  };
  /** Takes of what is held. */
  const take = (most: number): Buffer => {
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    taken += piece.length;
    return piece;
  };
  async function* rest(): AsyncGenerator<Buffer> {
    while ((await ahead(1)).length > 0) yield take(Number.POSITIVE_INFINITY);
  }
  return { ahead, take, rest, taken: (): number => taken };
};

export type Intake = ReturnType<typeof createIntake>;
