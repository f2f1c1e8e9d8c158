import * as z from 'zod';
import { type Taken, takenOf } from '../batch.ts';

const Head = z.object({ starts: z.array(z.number()), abouts: z.array(z.string()) });

/** A batch as one text: the length of its head (4 bytes, big-endian), where messages begin and who sent them, as JSON; the bytes. */
export const packed = ({ bytes, starts, abouts }: Taken<string>): Uint8Array => {
  const head = Buffer.from(JSON.stringify({ starts, abouts }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, bytes]);
};

export const unpacked = (text: Uint8Array): Taken<string> => {
  const all = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const end = 4 + all.readUInt32BE();
  const { starts, abouts } = Head.parse(JSON.parse(all.toString('utf8', 4, end)));
  return takenOf(all.subarray(end), starts, abouts);
};
