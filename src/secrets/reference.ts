/** The kinds of place that a reference may name. */
export const schemes = ['env', 'file', 'vault', 'awssm', 'azkv'] as const;
export type Scheme = (typeof schemes)[number];

/** A reference, taken apart. */
export interface Place {
  readonly scheme: Scheme;
  /** What stands between `://` and `?` or `#`. */
  readonly path: string;
  /** One field of an entry that has several. */
  readonly field?: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

/** How vals and helmfile spell the same (https://github.com/helmfile/vals), and what each option is called here. */
const ALIASES: Readonly<Record<string, Scheme>> = { awssecrets: 'awssm', azurekeyvault: 'azkv' };
const OPTIONS: Readonly<Record<Scheme, Readonly<Record<string, string>>>> = {
  env: {},
  file: {},
  vault: { version: 'version', mount: 'mount' },
  awssm: {
    ...{ region: 'region', stage: 'stage', version: 'version' },
    ...{ version_stage: 'stage', version_id: 'version' },
  },
  azkv: { version: 'version' },
};

const FORM =
  /^(?<alias>ref\+)?(?<kind>[a-z]+):\/\/(?<path>[^?#]*)(?<query>\?[^#]*)?(?:#\/?(?<field>[^?]*)(?<late>\?.*)?)?$/;

/** Text that names a secret instead of being one. */
export const isReference = (text: string): boolean => /^(ref\+)?[a-z]+:\/\//.test(text);

/**
 * `vault://mount/path#field?version=3`: the options may stand before or behind the field. A fault is told as `{ why }`, and
 * repeats nothing of the text: it may be a key that was pasted in the wrong place.
 */
export const parseReference = (text: string): Place | { readonly why: string } => {
  const { alias, kind = '', path = '', query, field, late } = FORM.exec(text)?.groups ?? {};
  const scheme = schemes.find((one) => one === kind) ?? (alias ? ALIASES[kind] : undefined);
  if (!scheme) return { why: `this kind of reference is not known; use ${schemes.map((it) => `${it}://`).join(', ')}` };
  if (scheme === 'file' && (query !== undefined || field !== undefined))
    return { why: 'file:// names a whole file: no # or ? in its path' };
  const known = OPTIONS[scheme];
  const options: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(`${(query ?? '').slice(1)}&${(late ?? '').slice(1)}`)) {
    const ours = Object.hasOwn(known, name) ? known[name] : undefined;
    if (ours === undefined)
      return { why: `has an option that ${scheme}:// does not know; ${told(Object.keys(known))}` };
    options[ours] = value;
  }
  const whole = alias && scheme === 'vault' ? path.replace(/^([^/]+)\/data\//, '$1/') : path;
  return { scheme, path: whole, ...(field && { field }), options };
};

const told = (names: readonly string[]): string => (names.length > 0 ? `it knows ${names.join(', ')}` : 'it has none');
