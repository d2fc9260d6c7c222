/** Runs a program to its end. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { exitOf, inTime } from './in-time.ts';

export interface ProgramEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

/** Without standard input. One that does not end in time is killed, and the wait for it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env }: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Promise<ProgramEnd> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (piece) => stdout.push(piece));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  try {
    await inTime(closed, () => `the end of ${[command, ...args].join(' ')}; it wrote ${stderr}`);
  } finally {
    child.kill('SIGKILL');
  }
  return { ...(await exitOf(child)), stdout: Buffer.concat(stdout), stderr };
}
