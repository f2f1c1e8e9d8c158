import * as z from 'zod';
import { Secret } from './core/secret.ts';

/** What a leaf of the settings says of itself beside its type: the environment variable that sets it. */
type About = { env?: string; secret?: boolean; lines?: boolean };

/** For `.meta()`: the environment variable that sets a leaf. */
export const env = (name: string): About => ({ env: name });

/** A secret. The files hold references; `config-secrets.ts` puts the text in their place. */
export const secret = (env: string | undefined, help: string) =>
  z
    .instanceof(Secret, { error: 'must be a reference such as env://NAME or file:///path' })
    .describe(
      `${help} A secret: give a reference (\`env://NAME\`, \`file:///path\`, \`vault://…\`, \`awssm://…\`, \`azkv://…\`).`,
    )
    .meta({ ...(env && { env }), secret: true } satisfies About);

// What the environment gives as text. Text that does not fit goes on to the type, which says what it wants.
const list = (value: unknown): unknown =>
  typeof value === 'string'
    ? value
        .split(/,(?![^{}]*\})/) // not the commas of `{a,b}`
        .map((one) => one.trim())
        .filter((one) => one !== '')
    : value;
const number = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
const flag = (value: unknown): unknown =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;

/** A list; in the environment its members are separated by commas. */
export const words = () => z.preprocess(list, z.array(z.string().min(1)).readonly());
/** As issuers give them. What could never match one is refused, for it would protect nothing and not say so. */
export const id = () => z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be an id of letters, digits, _ and -');
/** A whole number, both ends included. */
export const count = (least: number, most: number) => z.preprocess(number, z.int().min(least).max(most));
/** A number, both ends included. */
export const amount = (least: number, most: number) => z.preprocess(number, z.number().min(least).max(most));
/** Yes or no: true, false, 1 or 0. */
export const yes = () => z.preprocess(flag, z.boolean({ error: 'must be true or false' }));
/** An absolute URL that our credentials and notices may go to: https, or http on loopback. */
export const webAddress = () =>
  z
    .string()
    .transform((text, context) => {
      if (URL.canParse(text)) return new URL(text);
      context.addIssue({ code: 'custom', message: 'must be an absolute URL' });
      return z.NEVER;
    })
    .refine(
      ({ protocol, hostname }) => protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname)),
      'must be https, or http on loopback',
    )
    .refine(({ username, password }) => username === '' && password === '', 'must not hold a user or a password');
/** Several; in the environment separated by commas. */
export const webAddresses = () => z.preprocess(list, z.array(webAddress()).readonly());
/** A secret of several lines, such as a key in PEM. */
export const secretLines = (env: string, help: string) =>
  secret(env, help).meta({ env, secret: true, lines: true } satisfies About);

/** A web address of which only scheme, host and port are used. */
export const webOrigin = () =>
  webAddress().refine(
    ({ href, origin }) => href === `${origin}/`,
    'must be an origin alone, such as https://example.com: no path, no query',
  );

/** Is this address of this machine alone? */
export const isLoopback = (host: string): boolean =>
  ['localhost', '::1', '[::1]'].includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
