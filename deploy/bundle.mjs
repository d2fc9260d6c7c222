/**
 * `npm run bundle`: builds the bundle for a device in dist-device/earshot and as a tarball next to it. Earshot's code and the
 * packages in plain JavaScript are bundled (faster to load, less memory); of native packages it contains only the built library,
 * for the architecture of this machine. A device with that architecture compiles nothing and needs no registry.
 *
 * Commands for the gateway's machine are replaced by an error message.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { joinLicences, licenceFile, licenceOf, packageOf } from './licences.mjs';
import { publish } from './publish.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const { name, version, description, license, engines, devDependencies } = readJson('package.json');
const out = join(root, 'dist-device');
/** Folder in which the bundle is made; `publish` moves it into place when it is complete. */
let folder = '';

const VOICE_DETECTOR = '@echogarden/fvad-wasm';
/** Calls libspeexdsp, which removes the echo. It finds its native module beside its own package. */
const KOFFI = 'koffi';

/** Commands that the bundle does not contain. */
const NOT_ON_DEVICE = [
  'start',
  'gateway',
  'console',
  'pair',
  'turns',
  'settings',
  'say',
  'replies',
  'cloud',
  'models',
  'eval',
  'load',
];

/** @type {import('esbuild').Plugin} */
const withoutUnavailable = {
  name: 'without the commands of other machines',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`/commands/(${NOT_ON_DEVICE.join('|')})\\.ts$`);
    onResolve({ filter }, ({ path }) => ({ path: filter.exec(path)?.[1], namespace: 'unavailable' }));
    // On a device, `latency` needs --gateway.
    onResolve({ filter: /\/loopback-gateway\.ts$/ }, () => ({
      path: join(root, 'src/tools/latency/unavailable-gateway.ts'),
    }));
    onLoad({ filter: /./, namespace: 'unavailable' }, ({ path }) => ({
      resolveDir: join(root, 'src/cli/commands'),
      contents: `import { unavailableCommand } from '../unavailable-command.ts'; export default unavailableCommand(${JSON.stringify(path)});`,
    }));
  },
};

const { platform, arch } = process;
const tarball = join(out, `${name}-${version}-${platform}-${arch}.tgz`);
await publish(join(out, name), async (empty) => {
  folder = empty;
  await bundleCode();
  bundlePlainPackage('wavefile', 'index.cjs');
  bundlePlainPackage('@alexanderolsen/libsamplerate-js', 'index.cjs');
  copyOpus();
  copyFecDecoder();
  copyVoiceDetector();
  copyKoffi();
  copyNaudiodon();
  for (const file of [
    'bin/earshot',
    'LICENSE',
    'README.md',
    // Messages of a device name them.
    'docs/operations.md',
    'docs/local-api.md',
    'docs/wake-word.md',
    'deploy/install.sh',
    'deploy/earshot.service',
    'deploy/earshot.env',
    'deploy/earshot-reset.service',
    'deploy/setup/earshot-setup.service',
    'deploy/setup/captive-portal.conf',
    'deploy/setup/earshot.rules',
  ])
    copy(file);
  // All from the same build, even if another build replaces it meanwhile.
  for (const page of ['page', 'pages/setup']) {
    cpSync(join(realpathSync(join(root, 'dist')), page), join(folder, 'dist', page), { recursive: true });
  }
  for (const file of [
    'assets/sense-and-sensibility-0880.wav',
    'assets/offline.reply',
    'assets/ring.reply',
    'assets/README.md',
  ])
    copy(file);
  chmodSync(join(folder, 'bin/earshot'), 0o755);
  chmodSync(join(folder, 'deploy/install.sh'), 0o755);
  writeJson('package.json', {
    // As `earshot update` asks for it at the registry.
    name: `${name}-device-${platform}-${arch}`,
    version,
    description,
    license,
    type: 'module',
    engines,
    os: [platform],
    cpu: [arch],
    publishConfig: { access: 'public', provenance: true },
  });
  pack(folder, tarball);
});
process.stdout.write(`${relative(root, tarball)}: ${Math.round(readFileSync(tarball).length / 1024)} KiB\n`);

/** Written under a temporary name and renamed, so that the tarball is complete or missing. */
function pack(bundle, file) {
  // Reproducible: no owner, no time, sorted.
  const reproducible = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  const named = `--transform=s,^${basename(bundle)},${name},`;
  const unfinished = `${file}.${process.pid}.part`;
  execFileSync('tar', [...reproducible, named, '-czf', unfinished, '-C', dirname(bundle), basename(bundle)]);
  renameSync(unfinished, file);
}

async function bundleCode() {
  const { metafile } = await build({
    absWorkingDir: root,
    metafile: true,
    entryPoints: [
      { in: 'src/cli/cli.ts', out: 'cli' },
      { in: 'src/device/audio/audio-worker.ts', out: 'audio-worker' },
      // Piscina starts this file and expects it in the folder of its own file.
      { in: require.resolve('piscina').replace(/main\.js$/, 'worker.js'), out: 'worker' },
    ],
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    // CommonJS packages need these two, which ES modules do not have.
    banner: { js: "import{createRequire as __c}from'node:module';globalThis.require??=__c(import.meta.url);" },
    define: { __dirname: 'import.meta.dirname' },
    external: [
      VOICE_DETECTOR,
      KOFFI,
      // Optional dependencies of packages, which work without them.
      ...['bufferutil', 'utf-8-validate', '@napi-rs/nice'],
      // Development dependencies: options that need one (simulate --plot, --stately) fail with an error message on a device.
      ...Object.keys(devDependencies),
    ],
    plugins: [withoutUnavailable],
    logLevel: 'warning',
  });
  writeFileSync(join(folder, 'dist/licenses.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/** The licences of the bundled packages. */
function licencesOf(files) {
  const names = new Set(files.map(packageOf));
  names.delete(undefined);
  return joinLicences([...names].sort().map((each) => licenceOf(root, each)));
}

/** One file of a package that is loaded by name on demand: the resampler alone has 2 MB. */
function bundlePlainPackage(packageName, file) {
  const target = join(folder, 'node_modules', packageName);
  mkdirSync(target, { recursive: true });
  copyFileSync(require.resolve(packageName), join(target, file));
  copyLicence(packageName);
  const { version: its, license: its2 } = readJson('node_modules', packageName, 'package.json');
  writeJson(`node_modules/${packageName}/package.json`, { name: packageName, version: its, license: its2, main: file });
}

/** The native library without node-pre-gyp, which selects the library and uses 12 MB of memory for it. */
function copyOpus() {
  const target = join(folder, 'node_modules/@discordjs/opus');
  const packageRoot = join(root, 'node_modules/@discordjs/opus');
  const find = createRequire(join(packageRoot, 'package.json'))('@discordjs/node-pre-gyp').find;
  mkdirSync(target, { recursive: true });
  copyFileSync(find(join(packageRoot, 'package.json')), join(target, 'opus.node'));
  copyLicence('@discordjs/opus');
  writeFileSync(join(target, 'index.js'), "module.exports = require('./opus.node');\n");
  const { version: its, license: its2 } = readJson('node_modules/@discordjs/opus/package.json');
  const packageJson = { name: '@discordjs/opus', version: its, license: its2, main: 'index.js' };
  writeJson('node_modules/@discordjs/opus/package.json', packageJson);
}

/** actors/codec/opus-fec.ts calls the WebAssembly itself, so the package's own JavaScript is not needed. */
function copyFecDecoder() {
  for (const build of ['simd', 'opus']) copy(`node_modules/@evan/opus/wasm/${build}.wasm`);
  copyLicence('@evan/opus');
  const { version: its, license: its2 } = readJson('node_modules/@evan/opus/package.json');
  writeJson('node_modules/@evan/opus/package.json', { name: '@evan/opus', version: its, license: its2 });
}

/** It finds its WebAssembly beside its own file. */
function copyVoiceDetector() {
  for (const file of ['fvad.js', 'fvad.wasm', 'package.json']) copy(`node_modules/${VOICE_DETECTOR}/${file}`);
  copyLicence(VOICE_DETECTOR);
}

/** With the native module for glibc alone, and without the JavaScript that looks for others. */
function copyKoffi() {
  const native = `@koromix/koffi-${platform}-${arch}`;
  const nativeRoot = join(root, 'node_modules', native);
  const built = existsSync(nativeRoot) && readdirSync(nativeRoot).find((name) => name.startsWith(`${platform}_`));
  if (!built) {
    process.stderr.write('koffi is not installed here: a reply could not be interrupted by voice. Run: npm ci\n');
    return;
  }
  for (const file of ['package.json', 'index.js', 'src/koffi/index.js', 'src/koffi/src/static.js']) {
    copy(`node_modules/${KOFFI}/${file}`);
  }
  copyLicence(KOFFI);
  copy(`node_modules/${native}/${built}/koffi.node`);
  const { version: its, license: its2 } = readJson('node_modules', native, 'package.json');
  writeJson(`node_modules/${native}/package.json`, { name: native, version: its, license: its2, main: 'index.js' });
  writeFileSync(
    join(folder, 'node_modules', native, 'index.js'),
    `module.exports = require('./${built}/koffi.node');\n`,
  );
}

function copyNaudiodon() {
  const built = 'node_modules/naudiodon/build/Release';
  if (!existsSync(join(root, built, 'naudiodon.node'))) {
    process.stderr.write(
      'naudiodon is not built here: the device could not use sound cards. Run: node deploy/mend-sound.mjs\n',
    );
    return;
  }
  mkdirSync(join(folder, built), { recursive: true });
  const library = readFileSync(join(root, built, 'naudiodon.node'));
  writeFileSync(join(folder, built, 'naudiodon.node'), withRelativeRunPath(library, join(root, built)));
  const portAudio = join(root, built, 'libportaudio.so.2');
  if (existsSync(portAudio)) copyFileSync(portAudio, join(folder, built, 'libportaudio.so.2'));
  copyLicence('naudiodon');
  const { version: its, license: its2 } = readJson('node_modules/naudiodon/package.json');
  writeJson('node_modules/naudiodon/package.json', { name: 'naudiodon', version: its, license: its2 });
}

/**
 * node-gyp writes an absolute folder of this machine as PortAudio's run path. `$ORIGIN`, the library's own folder (ld.so(8)), is
 * correct on any machine, and shorter.
 */
function withRelativeRunPath(library, runPath) {
  const at = library.indexOf(`${runPath}\0`);
  if (at < 0) return library;
  const patched = Buffer.from(library);
  patched.fill(0, at, at + runPath.length);
  patched.write('$ORIGIN', at, 'latin1');
  return patched;
}

function copy(file) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  cpSync(join(root, file), join(folder, file));
}

function copyLicence(packageName) {
  const file = licenceFile(root, packageName);
  if (file) copy(file);
}

function readJson(...path) {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8'));
}

function writeJson(path, value) {
  writeFileSync(join(folder, path), `${JSON.stringify(value, null, 2)}\n`);
}
