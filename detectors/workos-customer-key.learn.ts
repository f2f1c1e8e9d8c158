import type { Secret } from '../src/core/secret.ts';
import { type WorkosCustomerKeySettings, workosCustomerKey, workosCustomerKeySettings } from './workos-customer-key.ts';

/** What was learnt of how an environment's keys look. */
export interface Learnt {
  readonly settings: WorkosCustomerKeySettings;
  /** Whether all samples had one length; else `settings` leave some room. */
  readonly isOneLength: boolean;
  /** Why keys of this look are not found whatever is set; undefined: they are. */
  readonly fault: string | undefined;
}

/** The narrowest first. */
const ALPHABETS: readonly (readonly [WorkosCustomerKeySettings['alphabet'], RegExp])[] = [
  ['hex', /^[0-9a-f]+$/],
  ['alphanumeric', /^[A-Za-z0-9]+$/],
  ['words', /^[A-Za-z0-9_-]*[A-Za-z0-9]$/],
  ['base64url', /^[A-Za-z0-9_-]+$/],
  ['base64', /^[A-Za-z0-9+/]+$/],
];

/** What all begin with, up to its last `_`: more of it may be chance. */
const prefixOf = (texts: readonly string[]): string => {
  const [first = '', ...others] = texts;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, first.slice(0, length).lastIndexOf('_') + 1);
};

/** Learns it from keys that were made for it, several: of one alone nothing tells its prefix from its body. */
export const learn = (samples: readonly Secret[]): Learnt | { readonly fault: string } => {
  const texts = samples.map((one) => one.expose());
  const prefix = prefixOf(texts);
  if (prefix === '') return { fault: 'they have no prefix that ends with _' };
  const bodies = texts.map((text) => text.slice(prefix.length));
  const [alphabet] = ALPHABETS.find(([, fits]) => bodies.every((body) => fits.test(body))) ?? [];
  if (!alphabet) return { fault: 'they have characters of no alphabet that is known' };
  const lengths = bodies.map(({ length }) => length);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  const isOneLength = least === most;
  const room = isOneLength ? 0 : Math.ceil(most / 4);
  const [minLength, maxLength] = [least - room, most + room];
  const { minEntropy } = workosCustomerKeySettings.parse({});
  const proposed = workosCustomerKeySettings.safeParse({
    prefixes: [prefix],
    minLength,
    maxLength,
    alphabet,
    minEntropy,
  });
  if (!proposed.success)
    return { fault: `no setting fits: ${proposed.error.issues.map((issue) => issue.message).join('; ')}` };
  return { settings: proposed.data, isOneLength, fault: faultOf(texts, proposed.data) };
};

/** Whether the detector, set so, finds them and asks WorkOS about them. */
export const faultOf = (texts: readonly string[], settings: WorkosCustomerKeySettings): string | undefined => {
  const { pattern, accept, foreign = [], placeholder } = workosCustomerKey(settings);
  const isFound = (text: string): boolean => pattern.exec(text)?.groups?.['secret'] === text;
  if (!texts.every(isFound)) return 'the pattern does not find them';
  if (foreign.some((shape) => texts.some((text) => shape.test(text)))) return 'they look like keys of another issuer';
  if (accept && !texts.every(accept)) return 'some do not look random: lower minEntropy';
  return texts.some((text) => placeholder?.test(text)) ? 'some look like placeholders' : undefined;
};
