import type { Trigger } from '../kernel/kernel.ts';
import type { CreateDecode } from '../text.ts';
import { createAnsi } from './ansi.ts';
import { createBase64 } from './base64.ts';
import { createCodes } from './codes.ts';
import { createEntity } from './entity.ts';
import { createEscape } from './escape.ts';
import { createHex } from './hex.ts';
import { createInvisible } from './invisible.ts';
import { createJoined } from './joined.ts';
import { createPercent } from './percent.ts';
import { createQuoted } from './quoted.ts';
import { createUtf16 } from './utf16.ts';

/** Who reads what the kernel saw a sign of. */
export const decoders: Readonly<Record<Trigger, CreateDecode>> = {
  base64: createBase64,
  hex: createHex,
  percent: createPercent,
  backslash: createEscape,
  entity: createEntity,
  quoted: createQuoted,
  zero: createUtf16,
  ansi: createAnsi,
  invisible: createInvisible,
  joint: createJoined,
  codes: createCodes,
};
