import { faultOf, type Learnt, learn } from '../../detectors/workos-customer-key.learn.ts';
import { workosEnvironments } from '../app-issuers.ts';
import { keyTools } from '../app-key-tools.ts';
import { type AskSettings, readAskSettings } from '../config-read.ts';
import { systemClock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Issuer } from '../core/issuer.ts';
import type { Secret } from '../core/secret.ts';
import { takeSamples } from '../keys/calibrate.ts';
import { columns, type Exit, exits, type Io, misuse, say } from './io.ts';

export interface CalibrateOptions {
  readonly organization: string;
  readonly environment?: string;
  readonly samples: number;
  readonly config?: string;
  readonly json?: boolean;
}

const DETECTOR = 'workos-customer-key';

/**
 * Learns how the keys of an environment look, from some that are made for it and removed again. Exit 1 when the settings in
 * force would not find such keys.
 */
export const calibrate = async (options: CalibrateOptions, io: Io): Promise<Exit> => {
  const settings = await readAskSettings({ env: io.env, file: options.config });
  const inForce = settings.detectors[DETECTOR];
  const issuer = issuerOf(workosEnvironments(settings, { clock: systemClock, record: async () => undefined }), options);
  const samples = await sampled({ settings, issuer }, options, io);
  if (io.stop.aborted) {
    say(io.stderr, 'keyfuse: stopped; what was made is removed');
    return exits.findings;
  }
  const learnt = learn(samples);
  if (!('settings' in learnt)) {
    say(io.stderr, `keyfuse: no setting finds such keys: ${learnt.fault}`);
    return exits.findings;
  }
  const fault = faultOf(
    samples.map((one) => one.expose()),
    inForce,
  );
  if (options.json)
    say(io.stdout, JSON.stringify({ detector: DETECTOR, ...learnt, inForce: { finds: fault === undefined, fault } }));
  else tell(learnt, fault, io);
  return fault === undefined ? exits.fine : exits.findings;
};

const issuerOf = (issuers: readonly Issuer[], { environment }: CalibrateOptions): Issuer => {
  if (issuers.length === 0)
    throw misuse('keys are made with a credential of ours: WORKOS_API_KEY, or workos.environments in the settings');
  const found = environment === undefined ? issuers[0] : issuers.find((one) => one.environment === environment);
  if (found) return found;
  throw misuse(`there is no environment ${environment}; there is ${issuers.map((one) => one.environment).join(', ')}`);
};

/** What cannot be made is the organization's fault, or the clock's. */
const sampled = async (
  { settings, issuer }: { settings: AskSettings; issuer: Issuer },
  { organization, samples: count }: CalibrateOptions,
  { stderr, stop }: Io,
): Promise<readonly Secret[]> => {
  const progress = (what: string, id: string): void => say(stderr, `${what} ${id}`);
  try {
    return await takeSamples(
      { organization, count },
      { ...keyTools(settings), issuer, clock: systemClock, stop, progress },
    );
  } catch (error) {
    if (error instanceof Fault && error.code === 'keys.unwanted') throw misuse(error.message);
    throw error;
  }
};

const tell = ({ settings, isOneLength, fault: never }: Learnt, fault: string | undefined, { stdout }: Io): void => {
  const { prefixes, minLength, maxLength, alphabet } = settings;
  const length = isOneLength ? `${minLength}, all of them` : `they differ: ${minLength} to ${maxLength}, with room`;
  say(
    stdout,
    columns([
      ['prefix', prefixes.join()],
      ['length after it', length],
      ['alphabet', alphabet],
    ]),
  );
  say(stdout, `The settings in force ${fault === undefined ? 'find such keys' : `do NOT find such keys: ${fault}`}.`);
  say(stdout, never === undefined ? PROPOSAL : `Nor does any other setting: ${never}.`);
  if (never !== undefined) return;
  const proposed = { prefixes: JSON.stringify(prefixes), minLength, maxLength, alphabet };
  say(stdout, `detectors:\n  ${DETECTOR}:`);
  for (const [name, value] of Object.entries(proposed)) say(stdout, `    ${name}: ${value}`);
};

const PROPOSAL = `
To find these and fewer others, put this into keyfuse.yaml. Keys that were made in the past may look otherwise: keep their
prefixes, and a length that takes them ('keyfuse keys list' shows what each begins with).
`;
