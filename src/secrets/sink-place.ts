import { posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { azureParts } from './azure.ts';
import { pathOf } from './file.ts';
import { type Place, parseReference } from './reference.ts';
import { isTrouble } from './store.ts';
import { vaultPath } from './vault.ts';

/** A place in one of the stores, or the words of a program; `name`: the same, however it was spelled. */
export type SinkPlace =
  | { readonly name: string; readonly place: Place }
  | { readonly name: string; readonly words: readonly [string, ...string[]] };

interface Fault {
  readonly why: string;
}

const COMMAND = 'command:';

/** Where a new key can be put: a reference to a store, or `command:/path/to/program arg`. A fault repeats nothing of the text. */
export const parseSink = (reference: string): SinkPlace | Fault => {
  const text = reference.trim();
  if (text.startsWith(COMMAND)) return parseCommand(text.slice(COMMAND.length));
  const place = parseReference(text);
  if ('why' in place) return place;
  const name = isPinned(place) ? PINNED : names[place.scheme](place);
  return typeof name === 'string' ? { name, place } : name;
};

const parseCommand = (text: string): SinkPlace | Fault => {
  const [program = '', ...args] = text.split(/\s+/).filter((word) => word !== '');
  if (!program.startsWith('/')) return { why: `${COMMAND} needs the whole path of a program` };
  const words = [posix.normalize(program), ...args] as const;
  return { name: COMMAND + words.join(' '), words };
};

const PINNED: Fault = { why: 'names a version, and what is put is always a new one' };
const isPinned = ({ scheme, path, options }: Place): boolean =>
  'version' in options || 'stage' in options || (scheme === 'azkv' && path.split('/').length > 2);

type Name = (place: Place) => string | Fault;
const fieldOf = ({ field }: Place): string => (field === undefined ? '' : `#${field}`);

const fileName: Name = (place) => {
  if (place.path.endsWith('/')) return { why: 'names a folder' };
  try {
    return pathToFileURL(pathOf(place)).href;
  } catch {
    return { why: 'is no path of a file' };
  }
};

const vaultName: Name = (place) => {
  if (place.field === undefined) return { why: 'vault:// needs a field: vault://mount/path#field' };
  const { path, options } = place;
  const whole = vaultPath(place);
  if (isTrouble(whole)) return whole;
  const isUsual = options['mount'] === undefined || options['mount'] === path.split('/', 1)[0];
  return `vault://${path}${isUsual ? '' : `?mount=${options['mount']}`}${fieldOf(place)}`;
};

const awsName: Name = (place) => {
  const { path, options } = place;
  if (path === '') return { why: 'awssm:// needs the name of a secret' };
  return `awssm://${path}${options['region'] ? `?region=${options['region']}` : ''}${fieldOf(place)}`;
};

const azureName: Name = (place) => {
  const parts = azureParts(place);
  if (isTrouble(parts)) return parts;
  const vault = parts.host.toLowerCase().replace(/\.vault\.azure\.net$/, '');
  return `azkv://${vault}/${parts.name.toLowerCase()}${fieldOf(place)}`;
};

const names: Readonly<Record<Place['scheme'], Name>> = {
  env: () => ({ why: 'nothing can be put into env://' }),
  file: fileName,
  vault: vaultName,
  awssm: awsName,
  azkv: azureName,
};
