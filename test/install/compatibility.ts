/**
 * Whether the devices of one version work with the gateway of another, in both directions: with real processes, real sockets and the real codec.
 *
 *     npm run test:compatibility -- --with v0.1.0
 *
 * The other version (default: the newest tag) is built in a temporary worktree of this repository. Each direction runs turns with two lengths of packets; of
 * each turn the reply must have every frame that was spoken, and its record must be stored.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { commandOptions, text } from '../support/command-options.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const RECORDINGS = ['0870', '0880', '0920'].map((number) => join(root, `assets/sense-and-sensibility-${number}.wav`));
const PACKET_FRAMES = ['1', '3'];
const TURN_TIMEOUT_MS = 60_000;

interface Version {
  name: string;
  folder: string;
}

const options = commandOptions('npm run test:compatibility', 'A device and a gateway of two versions, both ways.', {
  with: text('ref', 'the other version (default: the newest tag)'),
});
const ref = options.with ?? newestTag();
const scratch = mkdtempSync(join(tmpdir(), 'earshot-compatibility-'));
let failures = 0;
try {
  const here = { name: 'this version', folder: root };
  const other = buildOther(ref);
  for (const [device, gateway] of [
    [other, here],
    [here, other],
    // What fails here as well is no matter of compatibility.
    [here, here],
  ] as const) {
    failures += await tryPair(device, gateway);
  }
} finally {
  const tree = join(scratch, 'other');
  if (existsSync(tree)) execFileSync('git', ['worktree', 'remove', '--force', tree], { cwd: root });
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(failures === 0 ? 'compatible\n' : `${failures} turns failed\n`);
process.exitCode = failures === 0 ? 0 : 1;

function newestTag(): string {
  try {
    return execFileSync('git', ['describe', '--tags', '--abbrev=0'], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    throw new Error('There is no release yet: name a commit, --with REF');
  }
}

function buildOther(commit: string): Version {
  const folder = join(scratch, 'other');
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] as const };
  execFileSync('git', ['worktree', 'add', '--detach', folder, commit], { ...options, stdio: [...options.stdio] });
  const hash = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim();
  const isInstalled = hasSameDependencies(folder);
  process.stderr.write(`building ${hash}${isInstalled ? '' : ', with its own dependencies'}\n`);
  if (isInstalled) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  else execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const env = { ...process.env, EARSHOT_BUILD_TYPES: '0' };
  execFileSync(process.execPath, ['deploy/build.mjs'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  return { name: hash, folder };
}

/** Whether what is installed here is what that version names: then it need not be installed again. */
function hasSameDependencies(folder: string): boolean {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const { dependencies, optionalDependencies, devDependencies } = read(join(folder, 'package.json'));
  return Object.entries<string>({ ...devDependencies, ...dependencies, ...optionalDependencies }).every(
    ([name, version]) => {
      const installed = join(root, 'node_modules', name, 'package.json');
      return existsSync(installed) && read(installed).version === version;
    },
  );
}

/** @returns how many turns failed */
async function tryPair(device: Version, gateway: Version): Promise<number> {
  const state = mkdtempSync(join(scratch, 'state-'));
  const started = start(gateway, [
    'gateway',
    '--open',
    '--port',
    '0',
    '--responder',
    'parrot',
    '--json',
    '--state',
    join(state, 'gateway'),
  ]);
  let failed = 0;
  try {
    const { url } = JSON.parse(await started.firstLine);
    for (const input of RECORDINGS) {
      for (const frames of PACKET_FRAMES) {
        const turn = [
          'run',
          '--once',
          '--json',
          '--gateway',
          url,
          '--input',
          input,
          '--output',
          'null',
          '--frames-per-packet',
          frames,
        ];
        const reason = whyWrong(await run(device, [...turn, '--state', join(state, 'device')]));
        if (reason === undefined) continue;
        failed += 1;
        process.stdout.write(
          `device ${device.name}, gateway ${gateway.name}, ${input}, ${frames} a packet: ${reason}\n`,
        );
      }
    }
  } finally {
    started.child.kill('SIGTERM');
    await started.ended;
  }
  const turns = RECORDINGS.length * PACKET_FRAMES.length;
  process.stdout.write(`device ${device.name}, gateway ${gateway.name}: ${turns - failed} of ${turns} turns whole\n`);
  return failed;
}

function whyWrong({ stdout, stderr }: { stdout: string; stderr: string }): string | undefined {
  if (!stdout.startsWith('{')) return stderr.trim().split('\n').at(-1) ?? 'it said nothing';
  const { outcome, sent, reply, stored } = JSON.parse(stdout);
  if (outcome !== 'done') return `outcome ${outcome}`;
  if (!(sent.frames > 100) || reply.frames !== sent.frames)
    return `${sent.frames} frames sent, ${reply.frames} answered`;
  return stored ? undefined : 'not stored';
}

function start({ folder }: Version, args: string[]) {
  const env = { ...process.env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' };
  const child = spawn(join(folder, 'bin/earshot'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const firstLine = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.on('close', () => reject(new Error(stderr)));
  });
  return { child, ended, firstLine };
}

async function run({ folder }: Version, args: string[]): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' };
  const child = spawn(join(folder, 'bin/earshot'), args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TURN_TIMEOUT_MS,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  await new Promise((resolve) => child.on('close', resolve));
  return { stdout, stderr };
}
