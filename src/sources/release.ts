/** Less than that may stand in a pool that buffers share. */
const LEAST_ALONE = 16 * 1024;

/**
 * Frees the memory of bytes that nobody needs any more. Left to the garbage collector, the chunks of large bodies make it go
 * through the whole heap every 32 MiB, which takes as long as scanning them.
 */
export const release = ({ buffer, length }: Uint8Array): void => {
  if (length >= LEAST_ALONE && length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
};
