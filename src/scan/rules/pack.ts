import * as z from 'zod';
import { readToml } from './toml.ts';
import { UnusablePack } from './unusable-pack.ts';

const texts = z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([]);

/** What is no finding, of a rule or of a whole pack. */
const Allowlist = z.object({
  condition: z
    .string()
    .default('or')
    .transform((word) => word.toLowerCase())
    .pipe(z.enum(['or', '||', 'and', '&&'], { error: 'condition is neither and nor or' }))
    .transform((word) => word === 'and' || word === '&&'),
  regextarget: z
    .enum(['secret', 'match', 'line', ''], { error: 'regexTarget is neither secret, match nor line' })
    .default('secret')
    .transform((target) => target || 'secret'),
  regexes: texts,
  stopwords: texts,
  paths: texts,
  commits: texts,
  targetrules: texts,
});
export type Allowlist = z.output<typeof Allowlist>;

/** One rule as it is written. */
const WrittenRule = z.object({
  id: z.string().regex(/^\w[\w.:/-]{0,99}$/, 'the id is missing, or no name of at most 100 characters'),
  description: z.string().default(''),
  regex: z.string().default(''),
  path: z.string().default(''),
  keywords: texts,
  entropy: z.coerce.number().min(0).max(8).default(0),
  secretgroup: z.coerce.number().int().min(0).default(0),
  tokenefficiency: z.boolean().default(false),
  filter: z.string().default(''),
  skipreport: z.boolean().default(false),
  required: z.array(z.unknown()).default([]),
  allowlist: Allowlist.optional(),
  allowlists: z.array(Allowlist).default([]),
});
export type WrittenRule = Omit<z.output<typeof WrittenRule>, 'allowlist'>;

const Outline = z.object({
  extend: z
    .object({
      usedefault: z.boolean().default(false),
      path: z.string().default(''),
      url: z.string().default(''),
      disabledrules: texts,
    })
    .default({ usedefault: false, path: '', url: '', disabledrules: [] }),
  rules: z.array(z.unknown()).default([]),
  allowlist: Allowlist.optional(),
  allowlists: z.array(Allowlist).default([]),
  filter: z.string().default(''),
  prefilter: z.string().default(''),
});

/** Something that cannot be used, and why. */
export interface Unusable {
  /** Name of a rule, or what else it is. */
  readonly what: string;
  readonly reason: string;
}

/** A pack of rules as it is written. */
export interface Pack {
  readonly extend: z.output<typeof Outline>['extend'];
  readonly rules: readonly WrittenRule[];
  readonly allowlists: readonly Allowlist[];
  /** Expressions that are true of what is no secret; those of whole files. */
  readonly filters: readonly string[];
  readonly prefilters: readonly string[];
  readonly unusable: readonly Unusable[];
}

const reasonOf = ({ issues: [first] }: z.ZodError): string =>
  first ? `${first.path.length > 0 ? `${first.path.join('.')}: ` : ''}${first.message}` : 'it is no rule';

const nameOf = (rule: unknown, at: number): string => {
  const id = typeof rule === 'object' && rule !== null && 'id' in rule ? rule.id : undefined;
  return typeof id === 'string' && id.length > 0 ? id.slice(0, 100) : `rule ${at + 1}`;
};

/** Reads a gitleaks or betterleaks configuration. Throws an `UnusablePack` where nothing of it can be used. */
export const readPack = (text: string): Pack => {
  const outline = Outline.safeParse(readToml(text));
  if (!outline.success) throw new UnusablePack(reasonOf(outline.error));
  const { extend, rules: written, allowlist, allowlists, filter, prefilter } = outline.data;
  const rules: WrittenRule[] = [];
  const unusable: Unusable[] = [];
  for (const [at, one] of written.entries()) {
    const rule = WrittenRule.safeParse(one);
    if (!rule.success) {
      unusable.push({ what: nameOf(one, at), reason: reasonOf(rule.error) });
      continue;
    }
    const { allowlist: older, ...others } = rule.data;
    rules.push({ ...others, allowlists: [...others.allowlists, ...(older ? [older] : [])] });
  }
  return {
    extend,
    rules,
    unusable,
    allowlists: [...allowlists, ...(allowlist ? [allowlist] : [])],
    filters: [filter].filter(Boolean),
    prefilters: [prefilter].filter(Boolean),
  };
};

/** Each field of the rule that is written, in place of the base's; lists are put together. */
const overlaid = (rule: WrittenRule, base: WrittenRule): WrittenRule => ({
  ...base,
  description: rule.description || base.description,
  regex: rule.regex || base.regex,
  path: rule.path || base.path,
  entropy: rule.entropy || base.entropy,
  secretgroup: rule.secretgroup || base.secretgroup,
  filter: rule.filter || base.filter,
  tokenefficiency: rule.tokenefficiency || base.tokenefficiency,
  keywords: [...base.keywords, ...rule.keywords],
  allowlists: [...base.allowlists, ...rule.allowlists],
  required: [...base.required, ...rule.required],
});

/** The pack on top of the one it extends. */
export const extended = (pack: Pack, base: Pack): Pack => {
  const disabled = new Set(pack.extend.disabledrules);
  const own = new Map(pack.rules.map((rule) => [rule.id, rule]));
  const kept = base.rules.filter(({ id }) => !disabled.has(id));
  const keptIds = new Set(kept.map(({ id }) => id));
  const unknown = pack.extend.disabledrules.filter((id) => !base.rules.some((rule) => rule.id === id));
  return {
    ...pack,
    rules: [
      ...kept.map((rule) => {
        const over = own.get(rule.id);
        return over ? overlaid(over, rule) : rule;
      }),
      ...pack.rules.filter(({ id }) => !keptIds.has(id)),
    ],
    allowlists: [...pack.allowlists, ...base.allowlists],
    filters: [...pack.filters, ...base.filters],
    prefilters: [...pack.prefilters, ...base.prefilters],
    unusable: [
      ...base.unusable,
      ...pack.unusable,
      ...unknown.map((id) => ({ what: `disabledRules ${id}`, reason: 'the extended pack has no such rule' })),
    ],
  };
};
