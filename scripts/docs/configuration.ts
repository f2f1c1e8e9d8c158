import { helpOf, type Node, settingsSchema } from './schema.ts';
import { cell, table } from './table.ts';

const INTRO = `Every setting has a safe default. What must be set: \`workos.apiKey\` and one thing to watch
(\`github.webhookSecret\`, or a log source).

- Settings stand in \`keyfuse.yaml\` in the working directory, or in the file that \`KEYFUSE_CONFIG\` names, or in the
  environment. The environment goes before the file; a variable that is empty says nothing.
- A **secret** is never written in the file. Give a reference: \`env://NAME\`, \`file:///run/secrets/name\`, or a place in a
  secret store, which is read again while the daemon runs: see [secrets.md](secrets.md). In the environment, \`NAME\`
  may hold the text itself or a reference, and \`NAME_FILE\` a path.
- All faults are listed at once, by name and without values, and the exit code is 78. \`keyfuse config check\` tries a
  configuration without starting anything.
- \`deploy/keyfuse.yaml\` has every setting with its default; \`deploy/keyfuse.schema.json\` teaches an editor.`;

/** docs/configuration.md. */
export const configurationPage = (): string => {
  const root = settingsSchema();
  const groups = Object.entries(root.properties ?? {});
  const top = groups.filter(([, node]) => !node.properties);
  return [
    '# Configuration',
    INTRO,
    ['## General', settings(top.map(([name, node]) => ({ name, node })))].join('\n\n'),
    ...groups.filter(([, node]) => node.properties).map(([name, node]) => group(name, node)),
  ].join('\n\n');
};

interface Named {
  readonly name: string;
  readonly node: Node;
}

const flat = (prefix: string, node: Node): readonly Named[] =>
  Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    child.properties ? flat(`${prefix}.${name}`, child) : [{ name: `${prefix}.${name}`, node: child }],
  );

const group = (name: string, node: Node): string => {
  const all = flat(name, node);
  const members = all.filter(({ node }) => node.items?.properties);
  return [
    `## ${name}`,
    node.description ?? '',
    settings(all),
    ...members.map(({ name, node }) => `### ${name}[]\n\n${fields(node.items ?? {})}`),
  ].join('\n\n');
};

const settings = (all: readonly Named[]): string =>
  table(
    ['setting', 'environment', 'type', 'default', ''],
    all.map(({ name, node }) => [
      `\`${name}\``,
      node.env ? `\`${node.env}\`` : '',
      typeOf(node),
      standard(node),
      cell(helpOf(node)),
    ]),
  );

const fields = ({ properties = {}, required = [] }: Node): string =>
  table(
    ['field', 'type', 'needed', ''],
    Object.entries(properties).map(([name, node]) => [
      `\`${name}\``,
      typeOf(node),
      required.includes(name) ? 'yes' : '',
      cell(helpOf(node)),
    ]),
  );

const standard = ({ default: value }: Node): string => {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => `\`${one}\``).join(', ');
  return `\`${String(value)}\``;
};

const MOST_CHOICES = 20;

const typeOf = (node: Node): string => {
  const { enum: choices, items, minimum, maximum } = node;
  if (node.secret) return 'secret';
  // Only the names of detectors are so many.
  if (choices && choices.length > MOST_CHOICES) return 'a name of [detectors.md](detectors.md)';
  if (choices) return choices.map((one) => `\`${one}\``).join(', ');
  if (items) return items.properties ? 'list' : 'list of text';
  if (node.type === 'boolean') return '`true`, `false`';
  if (node.type === 'integer' || node.type === 'number')
    return `${node.type === 'integer' ? 'whole number' : 'number'}, ${minimum}–${maximum}`;
  return node.pattern && !node.pattern.startsWith('^(?:') ? `text, \`${cell(node.pattern)}\`` : 'text';
};
