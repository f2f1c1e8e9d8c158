import { gzipSync } from 'node:zlib';

type Code = (code: number) => string;
export type Triple = readonly [before: string, stands: string, after: string];

export const hex2 = (code: number): string => code.toString(16).padStart(2, '0');

/** Writes every byte by a rule. */
export const eachByte = (text: string | Buffer, write: Code): string => [...Buffer.from(text)].map(write).join('');

/** Writes only some characters by a rule: those that fit, and every `nth` of the others. */
export const someBytes = (text: string, fits: RegExp, write: Code): string =>
  [...text].map((letter) => (fits.test(letter) ? write(letter.charCodeAt(0)) : letter)).join('');

/** The base64 characters in which some part of the key stands, out of those of the whole text. */
export const inBase64 = (before: string, key: string, after: string): Triple => {
  const [left, middle] = [Buffer.byteLength(before), Buffer.byteLength(key)];
  const whole = Buffer.from(before + key + after).toString('base64');
  const start = Math.floor((left * 4) / 3);
  const end = after === '' ? whole.length : Math.ceil(((left + middle) * 4) / 3);
  return [whole.slice(0, start), whole.slice(start, end), whole.slice(end)];
};

export const urlSafe = ([before, stands, after]: Triple): Triple => {
  const safe = (base64: string) => base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return [safe(before), safe(stands), safe(after)];
};

/** Breaks the three parts as one text at every `width` characters, and keeps where the middle stands. */
export const wrap = (parts: Triple, width: number, mark: string): Triple => {
  let column = 0;
  const broken = (text: string): string =>
    [...text]
      .map((letter) => {
        const cut = column > 0 && column % width === 0 ? mark : '';
        column += 1;
        return cut + letter;
      })
      .join('');
  return [broken(parts[0]), broken(parts[1]), broken(parts[2])];
};

/** Quoted-printable with its soft breaks. */
export const quotedPrintable = (text: string, all: boolean): string => {
  const written = [...Buffer.from(text)].map((byte) =>
    all || byte === 0x3d || byte < 0x20 || byte > 0x7e ? `=${hex2(byte).toUpperCase()}` : String.fromCharCode(byte),
  );
  let column = 0;
  return written
    .map((one) => {
      const soft = column + one.length > 73 ? '=\r\n' : '';
      column = soft ? one.length : column + one.length;
      return soft + one;
    })
    .join('');
};

/** Base32 as in RFC 4648. */
export const base32 = (text: string): string => {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
};

/** As `xxd` and `hexdump -C` print it. */
export const hexDump = (text: string, group: number): string =>
  (text.match(/[\s\S]{1,16}/g) ?? [])
    .map((row, at) => {
      const bytes = eachByte(row, (code) => hex2(code)).match(new RegExp(`.{1,${group * 2}}`, 'g')) ?? [];
      return `${(at * 16).toString(16).padStart(8, '0')}: ${bytes.join(' ').padEnd(48)}  ${row.replace(/[^ -~]/g, '.')}`;
    })
    .join('\n');

export const zipped = (text: string): Buffer => gzipSync(text);
