/**
 * `npm run test:node -- --node 24`: a clone of this commit is installed with another version of Node than this machine's, as the README says (`npm ci`,
 * which compiles what is native), and tested with it: by default turns as users run them, and what is native. Prints what differs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOptions, text } from '../support/command-options.ts';
import { createShell } from '../support/shell.ts';
import { nodeOfNpm } from './node-of-npm.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TESTS = ['end-to-end', 'cloud-database', 'audio', 'wake'].map((name) => `test/${name}`);
const STARTS_WITHIN_MS = 60_000;

const options = commandOptions('npm run test:node', 'Installs and tests a clone with another version of Node.', {
  node: text('major', 'its major version', '24'),
  tests: text('folder,…', 'folders or files of tests', TESTS.join()),
});
const node = nodeOfNpm(options.node);
const scratch = mkdtempSync(join(tmpdir(), 'earshot-node-'));
const clone = join(scratch, 'earshot');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${join(node, 'bin')}${delimiter}${process.env.PATH}`,
  // node-gyp would fetch the headers from nodejs.org.
  npm_config_nodedir: node,
};
try {
  execFileSync('git', ['clone', '--quiet', '--local', root, clone], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [version, abi] = JSON.parse(
    inClone('node', '-p', 'JSON.stringify(["node", "modules"].map((of) => process.versions[of]))'),
  );
  say(`Node ${version}, ABI ${abi}`);
  say(`npm ci: ${secondsOf('npm', 'ci', '--no-audit', '--no-fund')} s of the processor`);
  inClone('npm', 'run', 'bundle');
  say(`a daemon that waits for a turn: ${await residentMb()} MB`);
  const tests = spawnSync('node', ['test/run.mjs', ...options.tests.split(',')], { cwd: clone, env, stdio: 'inherit' });
  say(`Node ${version}: the tests ${tests.status === 0 ? 'passed' : 'FAILED'}`);
  process.exitCode = tests.status ?? 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function inClone(program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: clone, env, encoding: 'utf8' });
}

/** User and system time. @throws Error with what it printed */
function secondsOf(...command: string[]): number {
  const log = join(scratch, 'command.log');
  const script = 'TIMEFORMAT="%U %S"; time "$@" >"$0" 2>&1';
  const { status, stderr } = spawnSync('bash', ['-c', script, log, ...command], { cwd: clone, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command.join(' ')}\n${readFileSync(log, 'utf8')}`);
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return Math.round(user + system);
}

/** Of the device's build, as its monitor tells it. */
async function residentMb(): Promise<number> {
  const home = join(scratch, 'home');
  mkdirSync(home);
  const own = { HOME: home, EARSHOT_MONITOR: join(scratch, 'monitor'), EARSHOT_STDOUT: '', EARSHOT_STDERR: '' };
  const shell = createShell(clone, { ...env, ...own });
  const gateway = await shell.startUntil(
    'bin/earshot gateway --open --port 0 --responder parrot',
    /ws:\/\//,
    STARTS_WITHIN_MS,
  );
  try {
    const url = /ws:[\d./:]+/.exec(gateway.text())?.[0];
    const earshot = 'dist-device/earshot/bin/earshot';
    const run = `${earshot} run --gateway ${url} --input silence --output null`;
    const device = await shell.startUntil(run, /connected/, STARTS_WITHIN_MS);
    const { ok, output } = await shell.run(`${earshot} monitor --once --json`, STARTS_WITHIN_MS);
    await device.end();
    if (!ok) throw new Error(output);
    return JSON.parse(output).memoryMb;
  } finally {
    await gateway.end();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
