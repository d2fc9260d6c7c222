/**
 * Builds naudiodon, the sound library, if `npm install` could not. It runs as `postinstall`, or by hand:
 * `node deploy/mend-sound.mjs`. It prints nothing when the library works, and never fails an installation: without the library
 * Earshot still works with files.
 *
 * naudiodon contains PortAudio for x64 and 32-bit ARM only. On 64-bit Raspberry Pi OS its build fails because that
 * library is missing, and npm removes the package, which is optional. So this script downloads it again, copies Debian's PortAudio to
 * the expected path, and builds. It uses only Node's modules, because no package may be installed yet.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = 'build-essential python3 libasound2 libportaudio2';

/** Debian's library folders, for the architectures for which naudiodon contains no PortAudio. */
const DEBIAN_LIBRARIES = {
  arm64: '/usr/lib/aarch64-linux-gnu',
  riscv64: '/usr/lib/riscv64-linux-gnu',
};

/**
 * @param {{ root: string, arch: string, platform: string, libraries?: string, env: NodeJS.ProcessEnv,
 *   say: (line: string) => void }} options `root`: Earshot's folder. `libraries`: where libportaudio.so.2 is.
 * @returns {'works' | 'not wanted' | 'mended' | 'broken'}
 */
export function mendSound({ root, arch, platform, libraries = DEBIAN_LIBRARIES[arch], env, say }) {
  const folder = join(root, 'node_modules', 'naudiodon');
  let problem = whyNotLoaded(folder);
  if (!problem) return 'works';
  // With --omit=optional, this package is not wanted.
  if (/\boptional\b/.test(env.npm_config_omit ?? '')) return 'not wanted';
  const fetched = !existsSync(join(folder, 'binding.gyp'));
  try {
    if (platform !== 'linux') throw new Error(problem);
    if (!libraryIsMissing(problem)) {
      if (fetched) fetchPackage(root, folder, env);
      if (libraries) putPortAudio(libraries, folder);
      say(`Building the sound library for ${arch}, which takes a minute or two ...`);
      build(root, folder, env);
      problem = whyNotLoaded(folder);
    }
    if (problem) throw new Error(problem);
    say('The sound library works.');
    return 'mended';
  } catch (error) {
    // npm believes that the package is not installed.
    if (fetched) rmSync(folder, { recursive: true, force: true });
    say(
      `Sound cards cannot be used yet: ${oneLine(error.message)}. Run: apt-get install ${PACKAGES}; ` +
        'node deploy/mend-sound.mjs. (Files work without it.)',
    );
    return 'broken';
  }
}

/** Loads the library in another process, because an incompatible library can crash the process. */
function whyNotLoaded(folder) {
  const binding = join(folder, 'build', 'Release', 'naudiodon.node');
  if (!existsSync(binding)) return 'naudiodon is not built';
  const script =
    'try { require(process.argv[1]) } catch (error) { console.error(error.message); process.exitCode = 1 }';
  const { status, stderr } = spawnSync(process.execPath, ['-e', script, binding], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim() || 'naudiodon cannot be loaded';
}

/** A missing system library: the build is good, so building again would not help. */
function libraryIsMissing(problem) {
  return /cannot open shared object file/.test(problem) && !problem.includes('libportaudio');
}

/** Downloads the package in the lock file. */
function fetchPackage(root, folder, env) {
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).optionalDependencies.naudiodon;
  const scratch = mkdtempSync(join(tmpdir(), 'earshot-naudiodon-'));
  try {
    npm(['pack', `naudiodon@${version}`, '--pack-destination', scratch, '--fetch-retries=1'], scratch, env);
    const [archive = ''] = readdirSync(scratch).filter((file) => file.endsWith('.tgz'));
    const path = join(scratch, archive);
    checkIntegrity(root, path);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    run('tar', ['-xzf', path, '-C', folder, '--strip-components=1'], scratch, env);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function checkIntegrity(root, path) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const expected = lock.packages['node_modules/naudiodon'].integrity;
  const actual = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`;
  if (actual !== expected) throw new Error('the naudiodon package is not the one that package-lock.json names');
}

function putPortAudio(libraries, folder) {
  const library = join(libraries, 'libportaudio.so.2');
  if (!existsSync(library)) throw new Error(`${library} is missing`);
  cpSync(library, join(folder, 'portaudio', 'bin', 'libportaudio.so.2'), { dereference: true });
}

/** npm passes the path of its node-gyp when it runs this script; by hand, npm runs the package's own build. */
function build(root, folder, env) {
  const nodeGyp = env.npm_config_node_gyp;
  const log = join(root, 'node_modules', '.naudiodon-build.log');
  if (nodeGyp) run(process.execPath, [nodeGyp, 'rebuild'], folder, env, log);
  else npm(['run', 'install'], folder, env, log);
}

function npm(args, cwd, env, log) {
  // The outer command may be `npm install --global`; this build must be local.
  const local = { ...env, npm_config_global: 'false', npm_config_dry_run: 'false' };
  if (env.npm_execpath) run(process.execPath, [env.npm_execpath, ...args], cwd, local, log);
  else run('npm', args, cwd, local, log);
}

/** If the command fails and has a log, its output is saved there. */
function run(command, args, cwd, env, log) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status === 0) return;
  if (error) throw new Error(`${command} cannot be run`);
  if (!log) throw new Error(`naudiodon could not be fetched: ${reason(stderr)}`);
  writeFileSync(log, stdout + stderr);
  throw new Error(`naudiodon could not be built (see ${log})`);
}

/** The line of npm's output that explains the error. */
function reason(stderr) {
  const lines = stderr.split('\n').map((line) => line.replace(/^npm error /, ''));
  return lines.find((line) => /\w+ \w+ \w+/.test(line)) ?? 'npm failed';
}

function oneLine(text) {
  return text.replaceAll(/\s+/g, ' ').trim();
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  mendSound({
    root: fileURLToPath(new URL('..', import.meta.url)),
    arch: process.arch,
    platform: process.platform,
    env: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
  });
}
