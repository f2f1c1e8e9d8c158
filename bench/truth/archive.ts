import { crc32, deflateRawSync } from 'node:zlib';

interface Member {
  readonly name: string;
  readonly content: Buffer;
}

const field = (text: string, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  bytes.write(text);
  return bytes;
};

/** A tar of plain files (ustar). */
export const tarOf = (members: readonly Member[]): Buffer => {
  const blocks = members.flatMap(({ name, content }) => {
    const octal = (value: number, length: number) => field(`${value.toString(8).padStart(length - 1, '0')}\0`, length);
    const head = [field(name, 100), octal(0o644, 8), octal(0, 8), octal(0, 8), octal(content.length, 12), octal(0, 12)];
    const tail = [field('0', 1), field('', 100), field('ustar\0', 6), field('00', 2), field('', 247)];
    const sum = [...Buffer.concat([...head, Buffer.alloc(8, ' '), ...tail])].reduce((total, byte) => total + byte, 0);
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [...head, field(`${sum.toString(8).padStart(6, '0')}\0 `, 8), ...tail, content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
};

const numbers = (...pairs: readonly (readonly [value: number, bytes: number])[]): Buffer =>
  Buffer.concat(
    pairs.map(([value, bytes]) => {
      const out = Buffer.alloc(bytes);
      out.writeUIntLE(value, 0, bytes);
      return out;
    }),
  );

/** A zip; its members deflated or stored. */
export const zipOf = (members: readonly Member[], deflated: boolean): Buffer => {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of members) {
    const packed = deflated ? deflateRawSync(content) : content;
    const sizes = numbers([crc32(content), 4], [packed.length, 4], [content.length, 4], [name.length, 2], [0, 2]);
    const common = Buffer.concat([numbers([20, 2], [0, 2], [deflated ? 8 : 0, 2], [0, 2], [0x21, 2]), sizes]);
    const entry = Buffer.concat([numbers([0x04034b50, 4]), common, Buffer.from(name), packed]);
    local.push(entry);
    central.push(
      Buffer.concat([numbers([0x02014b50, 4], [20, 2]), common]),
      numbers([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]),
      Buffer.from(name),
    );
    offset += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = numbers([0x06054b50, 4], [0, 4], [members.length, 2], [members.length, 2], [directory.length, 4]);
  return Buffer.concat([...local, directory, end, numbers([offset, 4], [0, 2])]);
};
