import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const ROOT = join(import.meta.dirname, '../../..');
const POM = join(import.meta.dirname, 'pom.xml');

const answers = async (command: string, argument: string): Promise<boolean> =>
  run(command, [argument]).then(
    () => true,
    () => false,
  );

/** The folder of the jars of the Kafka that pom.xml names; it may not exist yet. `KEYFUSE_TEST_CACHE` moves it. */
const jarFolder = async (): Promise<string> => {
  const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\w.]+)</.exec(await readFile(POM, 'utf8'))?.[1];
  return join(process.env['KEYFUSE_TEST_CACHE'] ?? join(ROOT, '.cache'), 'kafka', version ?? 'unknown', 'libs');
};

/** Undefined when a Kafka can be run here; else one plain line that says what to install. */
export const missingForKafka = async (): Promise<string | undefined> => {
  if (!(await answers('java', '-version'))) {
    return 'Kafka is not tested: install Java 17 or later (Debian: openjdk-17-jre-headless), or set KAFKA_BROKERS.';
  }
  if (existsSync(await jarFolder()) || (await answers('mvn', '-v'))) return undefined;
  return 'Kafka is not tested: install Maven (Debian: maven), or set KAFKA_BROKERS.';
};

/**
 * The folder of Kafka's jars; copied from Maven Central at the first call on this machine. Several processes may call it
 * at once: each copies into a folder of its own, and the first to rename it wins.
 */
export const kafkaJars = async (): Promise<string> => {
  const folder = await jarFolder();
  if (existsSync(folder)) return folder;
  const mine = `${folder}.${process.pid}.${Date.now()}`;
  await mkdir(mine, { recursive: true });
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${mine}`];
  await run('mvn', ['-q', '-B', '-f', POM, ...goal], { timeout: 300_000 });
  await rename(mine, folder).catch(async (error: unknown) => {
    await rm(mine, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
};
