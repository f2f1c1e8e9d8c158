import * as z from 'zod';
import { openStores, readHere, type Stores } from './app-stores.ts';
import { Settings } from './config.ts';
import { addIssue, createFaultList, type FaultList } from './config-faults.ts';
import { addMissing, type Role } from './config-rules.ts';
import { resolveSecrets, type SecretOrigin } from './config-secrets.ts';
import { type Given, readTree, without } from './config-tree.ts';
import { Fault } from './core/errors.ts';
import type { Place } from './secrets/reference.ts';
import type { Found, Trouble } from './secrets/store.ts';

export type { Role } from './config-rules.ts';

/** Settings with secrets from stores. */
export interface Loaded<T = Settings> {
  readonly settings: T;
  readonly origins: readonly SecretOrigin[];
  /** Settings whose stores cannot be reached, a sentence each. While there are any, those secrets are empty. */
  readonly sealed: readonly string[];
  /** Still signed in; for whoever has the settings to close. */
  readonly stores: Stores;
}

export interface LoadNeeds extends Given {
  readonly role?: Role;
  /** Of an earlier try. */
  readonly stores?: Stores | undefined;
}

/**
 * The settings of `keyfuse.yaml` (if there is one) with those of the environment over them, all of whose secrets are on this
 * machine. Errors: `Fault` `config.invalid`, whose message lists every fault by name, a line each, and no value.
 */
export const readConfig = ({ role, ...given }: Omit<LoadNeeds, 'stores'>): Settings => {
  const faults = createFaultList();
  const lookUp = (place: Place) => readHere(place, given.env) ?? ELSEWHERE;
  return settle(Settings, readTree(Settings, given, faults), { faults, lookUp, check: missing(role, faults) });
};

/** The same with secrets from everywhere. Errors: as those of `readConfig`. */
export const loadConfig = ({ role, ...needs }: LoadNeeds): Promise<Loaded> =>
  load(Settings, needs, (faults) => missing(role, faults));

/** The same for who has no time to wait for a store: one that cannot be reached is a fault like another. */
export const loadSettings = (needs: LoadNeeds): Promise<Settings> => settled(loadConfig(needs));

/** What scanning files needs of the settings; the rest may be wrong or belong to another machine. */
const ScanSettings = z.object({
  ...Settings.pick({ dataDir: true, detectors: true }).shape,
  topic: Settings.shape.topic.unwrap().pick({ brokers: true, fingerprintKey: true }).strip().prefault({}),
});
export type ScanSettings = z.infer<typeof ScanSettings>;

/** The same, and what asking the issuers needs. */
const AskSettings = z.object({ ...ScanSettings.shape, workos: Settings.shape.workos });
export type AskSettings = z.infer<typeof AskSettings>;

/** What asking the issuers for all of their keys needs. */
const KeysSettings = z.object(Settings.pick({ dataDir: true, workos: true, keys: true }).shape);
export type KeysSettings = z.infer<typeof KeysSettings>;

/** What reading from GitHub needs. */
const GithubSettings = z.object({ github: Settings.shape.github });

/** What looking at data needs. */
const FolderSettings = z.object({ dataDir: Settings.shape.dataDir });

/** As `loadSettings`, but reads, resolves and blames only what scanning files needs. */
export const readScanSettings = (given: Given): Promise<ScanSettings> => settled(load(ScanSettings, given));
export const readGithubSettings = (given: Given) => settled(load(GithubSettings, given));
export const readKeysSettings = (given: Given): Promise<KeysSettings> => settled(load(KeysSettings, given));
export const readAskSettings = (given: Given): Promise<AskSettings> => settled(load(AskSettings, given));
export const readDataDir = (given: Given): Promise<string> =>
  settled(load(FolderSettings, given)).then(({ dataDir }) => dataDir);

/** The stores alone, for sinks; whoever asked closes them. */
export const readStores = (given: Given): Stores => {
  const faults = createFaultList();
  const stores = storesOf(given, faults);
  if (faults.sentences.length > 0) throw invalid(faults.sentences);
  return stores;
};

type Check<T> = (settings: T) => void;

const missing =
  (role: Role | undefined, faults: FaultList): Check<Settings> =>
  (settings) =>
    addMissing(settings, role, faults);

const load = async <S extends z.ZodType>(
  schema: S,
  { stores: before, ...given }: Omit<LoadNeeds, 'role'>,
  check?: (faults: FaultList) => Check<z.output<S>>,
): Promise<Loaded<z.output<S>>> => {
  const faults = createFaultList();
  const tree = readTree(schema, given, faults);
  const places = placesIn(tree, schema);
  // How stores are set up is of no account where no reference leads to one.
  const isAsked = places.some(({ scheme }) => scheme !== 'env' && scheme !== 'file');
  const stores = before ?? storesOf(given, isAsked ? faults : createFaultList());
  try {
    const answers = new Map<string, Found | Trouble>();
    for (const [place, answer] of await readAll(places, stores)) answers.set(keyOf(place), answer);
    const origins: SecretOrigin[] = [];
    const settings = settle(schema, tree, {
      ...{ faults, check: check?.(faults), note: (origin) => origins.push(origin) },
      lookUp: (place) => answers.get(keyOf(place)) ?? ELSEWHERE,
    });
    return { settings, origins, sealed: faults.waiting, stores };
  } catch (error) {
    stores.close();
    throw error;
  }
};

const settled = async <T>(loading: Promise<Loaded<T>>): Promise<T> => {
  const { settings, sealed, stores } = await loading;
  stores.close();
  if (sealed.length > 0) throw invalid(sealed);
  return settings;
};

interface Settling<T> extends Pick<Parameters<typeof resolveSecrets>[1], 'faults' | 'lookUp' | 'note'> {
  readonly check?: Check<T> | undefined;
}

/** Errors: all that is wrong, at once. */
const settle = <S extends z.ZodType>(schema: S, tree: unknown, { check, ...looking }: Settling<z.output<S>>) => {
  const { faults } = looking;
  const resolved = resolveSecrets(tree, { ...looking, schema, path: [] });
  const parsed = schema.safeParse(resolved);
  for (const issue of parsed.error?.issues ?? []) addIssue(issue, faults);
  const settings = parsed.data ?? schema.safeParse(without(resolved, parsed.error?.issues ?? [])).data;
  if (settings !== undefined) check?.(settings);
  if (!parsed.success || faults.sentences.length > 0) throw invalid([...faults.sentences, ...faults.waiting]);
  return parsed.data;
};

const invalid = (sentences: readonly string[]): Fault =>
  new Fault('config.invalid', `\n  - ${sentences.join('\n  - ')}`);

/** The places of all references in the tree. */
const placesIn = (tree: unknown, schema: z.ZodType): readonly Place[] => {
  const places: Place[] = [];
  const lookUp = (place: Place): Trouble => {
    places.push(place);
    return ELSEWHERE;
  };
  resolveSecrets(tree, { lookUp, schema, path: [], faults: createFaultList() });
  return places;
};

const readAll = (places: readonly Place[], stores: Stores) =>
  Promise.all(places.map(async (place) => [place, await stores.storeOf(place).read(place)] as const));

const keyOf = (place: Place): string => JSON.stringify(place);

const StoreSettings = z.object({ secrets: Settings.shape.secrets });

/** The stores, opened with settings whose own secrets are on this machine. */
const storesOf = (given: Given, faults: FaultList): Stores => {
  const origins: SecretOrigin[] = [];
  const lookUp = (place: Place) => readHere(place, given.env) ?? NOT_HERE;
  const { env } = given;
  try {
    const tree = readTree(StoreSettings, given, faults);
    const { secrets } = settle(StoreSettings, tree, { faults, lookUp, note: (origin) => origins.push(origin) });
    return openStores({ secrets, origins, env });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return openStores({ secrets: undefined, origins, env }); // what is wrong is told with the rest
  }
};

const ELSEWHERE: Trouble = {
  trouble: 'unusable',
  why: 'is kept in a store, and only env:// and file:// are read here',
};
const NOT_HERE: Trouble = { trouble: 'unusable', why: 'must be env:// or file://: it opens the stores' };
