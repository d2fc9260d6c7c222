/**
 * Convex's official CLI, of the `convex` package of this project, for a backend on this machine: sets variables, and deploys convex/.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError } from '../../core/errors.ts';
import { PACKAGE_FOLDER } from '../../core/files/package-folder.ts';

const CLI = join(PACKAGE_FOLDER, 'node_modules', 'convex', 'bin', 'main.js');
/** Enough for its last words. */
const TOLD_LINES = 20;
/** Of one of its commands; deploying takes some seconds. */
const COMMAND_MS = 10 * 60_000;

export interface DeploymentAccess {
  url: string;
  adminKey: string;
}

/** Told line by line what it prints. */
export type OnLine = (line: string) => void;

/**
 * Variables have to be set first: convex/auth.config.ts reads one when it is deployed.
 *
 * @throws EarshotError `deploy_failed`
 */
export async function deployFunctions(
  access: DeploymentAccess,
  variables: Record<string, string>,
  onLine: OnLine,
  signal: AbortSignal,
): Promise<void> {
  if (!existsSync(CLI) || !existsSync(join(PACKAGE_FOLDER, 'convex', 'schema.ts'))) {
    throw new EarshotError(
      'deploy_failed',
      'The functions cannot be deployed: this installation has no convex/ folder, or not the convex package',
      'Run earshot cloud start from a clone of Earshot, after npm ci.',
    );
  }
  for (const [name, value] of Object.entries(variables)) {
    // By standard input: arguments can be seen by every user of this machine.
    await runCli(['env', 'set', name], access, onLine, signal, value);
  }
  // The generated code is in the repository, and checked there.
  await runCli(['deploy', '--typecheck', 'disable', '--codegen', 'disable'], access, onLine, signal);
}

async function runCli(
  args: string[],
  { url, adminKey }: DeploymentAccess,
  onLine: OnLine,
  signal: AbortSignal,
  input = '',
): Promise<void> {
  const {
    CONVEX_DEPLOYMENT: _deployment,
    CONVEX_DEPLOY_KEY: _deployKey,
    CONVEX_URL: _url,
    ...environment
  } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: PACKAGE_FOLDER,
    env: { ...environment, CONVEX_SELF_HOSTED_URL: url, CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    timeout: COMMAND_MS,
  });
  const told: string[] = [];
  const keep = (line: string) => {
    told.push(line);
    if (told.length > TOLD_LINES) told.shift();
    onLine(line);
  };
  for (const stream of [child.stdout, child.stderr]) onLines(stream, keep);
  child.stdin?.on('error', () => undefined); // it may end without reading
  child.stdin?.end(input);
  const code = await endOf(child);
  if (code === 0) return;
  const late = child.killed && `it did not end within ${COMMAND_MS / 60_000} minutes`;
  throw new EarshotError(
    'deploy_failed',
    `npx convex ${args.join(' ')} failed: ${late || (reasonIn(told) ?? `it ended with ${code}`)}`,
    'Its whole output is in the log with --log-level info.',
  );
}

/** It marks its errors so. */
function reasonIn(lines: readonly string[]): string | undefined {
  const marked = lines.filter((line) => line.startsWith('✖')).at(-1);
  return (marked ?? lines.at(-1))?.replace(/^✖\s*/, '');
}

function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'an unknown end'));
  });
}

/** Calls back for each line, without its line end; also for a last one that has none. */
export function onLines(stream: NodeJS.ReadableStream | null, onLine: OnLine): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(-10_000);
    for (const line of lines) if (line.trim() !== '') onLine(line);
  });
  stream?.on('end', () => rest.trim() !== '' && onLine(rest));
}
