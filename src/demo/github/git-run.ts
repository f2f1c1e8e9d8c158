import { spawn } from 'node:child_process';

// Only the search path is taken over: a user's git settings, or the GIT_DIR of a hook that runs us, must not count.
export const gitEnvironment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  LC_ALL: 'C',
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
});

/** Runs git and gives what it prints; rejects with what it complains of. */
export const runGit = (args: readonly string[], input: string | Buffer = ''): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const git = spawn('git', args, { env: gitEnvironment() });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    git.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    git.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    git.on('error', reject);
    git.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out));
      else reject(new Error(`git ${args.slice(1, 3).join(' ')}: exit code ${code}: ${Buffer.concat(err)}`));
    });
    git.stdin.on('error', () => undefined);
    git.stdin.end(input);
  });

export type Run = (args: readonly string[], input?: string | Buffer) => Promise<Buffer>;
