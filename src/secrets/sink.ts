import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { Sink } from '../core/sink.ts';
import { runCommand } from './command.ts';
import type { Environment } from './env.ts';
import type { Place } from './reference.ts';
import { parseSink } from './sink-place.ts';
import { isTrouble, type Store, type Trouble } from './store.ts';

export interface SinkNeeds {
  readonly storeOf: (place: Place) => Store;
  readonly clock: Clock;
  readonly env: Environment;
  readonly commandMs?: number;
}

const COMMAND_MS = 30_000;
/** A store may need a moment until all of it has what it took. */
const LOOK_AGAIN_MS = [0, 500, 2_000] as const;

/**
 * Where a new key is put: `vault://`, `awssm://`, `azkv://`, `file://`, or `command:/path/to/program arg`. What a store took is read
 * back: one that loses it must not cost the old key. Errors: `Fault` `config.invalid`.
 */
export const openSink = (reference: string, needs: SinkNeeds): Sink => {
  const name = reference.trim();
  const sink = parseSink(name);
  if ('why' in sink) throw new Fault('config.invalid', `a sink: ${sink.why}`);
  return 'words' in sink ? commandSink(name, sink.words, needs) : storeSink(name, sink.place, needs);
};

const storeSink = (name: string, place: Place, { storeOf, clock }: SinkNeeds): Sink => {
  const store = storeOf(place);
  const unwritable = (why: string): Fault => new Fault('sink.unwritable', `${name}: ${why}`);
  return {
    name,
    async put(value) {
      const trouble = await store.write(place, value);
      if (trouble) throw unwritable(trouble.why);
      let why = '';
      for (const wait of LOOK_AGAIN_MS) {
        await clock.sleep(wait);
        const found = await store.read(place);
        if (!isTrouble(found) && found.secret.expose() === value.expose()) return;
        why = isTrouble(found) ? found.why : 'another value stands there';
      }
      throw unwritable(`the store says that it has the key, and does not give it back: ${why}`);
    },
    async get() {
      const found = await store.read(place);
      if (!isTrouble(found)) return found.secret;
      if (found.trouble === 'absent') return undefined;
      throw new Fault('sink.unreadable', `${name}: ${found.why}`);
    },
  };
};

type Words = readonly [string, ...string[]];

const commandSink = (name: string, words: Words, { env, commandMs = COMMAND_MS }: SinkNeeds): Sink => ({
  name,
  async put(value: Secret) {
    const trouble: Trouble | undefined = await runCommand({ words, env, deadlineMs: commandMs }, value);
    if (trouble) throw new Fault('sink.unwritable', `${name}: ${trouble.why}`);
  },
});
