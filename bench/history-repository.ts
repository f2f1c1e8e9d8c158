import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sample } from '../src/core/sample.ts';
import { createRandom, type Random } from './truth/random.ts';

const FILE_LINES = 300;
/** Of each file that a commit touches, so many lines are replaced at most. */
const MOST_REPLACED = 60;
/** One commit in so many brings a new file. */
const NEW_FILE = 3;
const COMMIT_OF_THE_KEY = 50;

/** Lines that people wrote. */
const linesOf = (folder: string, most: number): readonly string[] => {
  const lines: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (lines.length >= most) return;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) walk(inside);
      else if (/\.(c?js|ts|md|json)$/.test(entry.name))
        lines.push(
          ...readFileSync(inside, 'utf8')
            .slice(0, 65_536)
            .split('\n')
            .filter((line) => line.length < 200),
        );
    }
  };
  walk(folder);
  return lines;
};

interface Written {
  readonly path: string;
  readonly lines: string[];
}

/** Makes a bare repository whose patches are about `bytes` long, with one key among them. Gives how many commits it has. */
export const makeRepository = async (dir: string, bytes: number): Promise<number> => {
  await once(spawn('git', ['init', '-q', '--bare', dir]), 'exit');
  const git = spawn('git', ['fast-import', '--quiet'], { cwd: dir, stdio: ['pipe', 'ignore', 'inherit'] });
  const random = createRandom(11);
  const source = linesOf('node_modules', 400_000);
  const files: Written[] = [];
  let commits = 0;
  for (let said = 0; said < bytes; commits += 1) {
    if (commits % NEW_FILE === 0) files.push({ path: `src/part-${random.int(40)}/file-${files.length}.js`, lines: [] });
    let text = headOf(commits, random);
    for (const { path, lines } of touched(files, random)) {
      said += change(lines, source, random);
      if (commits === COMMIT_OF_THE_KEY) lines[3] = `const key = 'sk_${sample('history bench', 43)}';`;
      const content = `${lines.join('\n')}\n`;
      text += `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
    }
    if (!git.stdin.write(text)) await once(git.stdin, 'drain');
  }
  git.stdin.end();
  const [code] = await once(git, 'exit');
  if (code !== 0) throw new Error(`git fast-import: ${code}`);
  return commits;
};

const headOf = (number: number, random: Random): string => {
  const message = `Change ${number}\n\nbecause of ${random.int(1e9)}\n`;
  const who = `A <a@example.com> ${1_700_000_000 + number * 60} +0000`;
  return `commit refs/heads/main\ncommitter ${who}\ndata ${message.length}\n${message}\n`;
};

/** The newest file, if it is empty, and some others. */
const touched = (files: readonly Written[], random: Random): readonly Written[] => {
  const others = Array.from({ length: 1 + random.int(5) }, () => random.pick(files));
  const fresh = files.filter(({ lines }, at) => at === files.length - 1 && lines.length === 0);
  return [...new Set([...fresh, ...others])];
};

/** Replaces lines; gives how many bytes are removed and added. */
const change = (lines: string[], source: readonly string[], random: Random): number => {
  const from = random.int(source.length - FILE_LINES);
  const count = lines.length === 0 ? FILE_LINES : 1 + random.int(MOST_REPLACED);
  const added = source.slice(from, from + count);
  const removed = lines.splice(random.int(Math.max(1, lines.length - count)), count, ...added);
  return [...added, ...removed].reduce((sum, line) => sum + line.length + 2, 0);
};
