import { Fault } from '../core/errors.ts';
import { type Admin, connected, describeError, type KafkaClient } from './kafka-client.ts';

/** Questions to the cluster. */
export interface Cluster {
  /** Fault `topic.unreachable` when it has no answer; a Fault of the question itself stays. */
  ask<T>(question: (admin: Admin) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * kafkajs' admin keeps what it knows of leaders for five minutes, also when they have moved: after a failure the question
 * is asked once more by a new one.
 */
export const createCluster = (client: KafkaClient): Cluster => {
  let current: Promise<Admin> | undefined;
  const admin = (): Promise<Admin> => {
    current ??= connected(client.admin);
    return current;
  };
  const drop = async (): Promise<void> => {
    const old = current;
    current = undefined;
    await old?.then((admin) => admin.disconnect()).catch(() => undefined);
  };
  const once = async <T>(question: (admin: Admin) => Promise<T>): Promise<T> => {
    const asked = admin();
    try {
      return await question(await asked);
    } catch (error) {
      // Others may have dropped it already.
      if (current === asked && !(error instanceof Fault)) await drop();
      throw error;
    }
  };
  return {
    async ask(question) {
      try {
        return await once(question).catch((error: unknown) => {
          if (error instanceof Fault) throw error;
          return once(question);
        });
      } catch (error) {
        throw error instanceof Fault ? error : new Fault('topic.unreachable', describeError(error), error);
      }
    },
    close: drop,
  };
};
