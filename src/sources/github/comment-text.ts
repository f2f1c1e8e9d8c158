/** By this our own comment is known again. People do not see it. */
export const MARK = '<!-- keyfuse -->';

const DEFAULT = `A key that stood here was live. Keyfuse had it deleted at its issuer and proved it dead: it opens nothing any more.

Incident: {incidents}
{author} {owners}

Please put the new key into a secret store, and not into the repository.`;

interface Told {
  readonly incidents: readonly string[];
  /** A login; nobody else is told. */
  readonly author: string | undefined;
  readonly owners: readonly string[];
}

/** The comment: it quotes neither key nor line, and leads nobody to them. A line whose places stay empty is left out. */
export const commentText = (told: Told, template: string = DEFAULT): string => {
  const author =
    told.author !== undefined && /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/.test(told.author) ? `@${told.author}` : '';
  const values: Readonly<Record<string, string>> = {
    incidents: told.incidents.join(', '),
    author,
    owners: told.owners.filter((owner) => owner !== author).join(' '),
  };
  const lines = template.split('\n').flatMap((line) => {
    const filled = line.replace(/\{(incidents|author|owners)\}/g, (_, name: string) => values[name] ?? '').trim();
    return filled === '' && line.trim() !== '' ? [] : [filled];
  });
  return `${MARK}\n${lines.join('\n')}`;
};
