/**
 * `npm run package [-- --out FOLDER]`: the npm package, as a folder (dist-package/earshot) and as the tarball that `npm publish` takes. It has everything built: on a
 * user's machine nothing is compiled and no script runs. Native libraries are those in prebuilt/ (`npm run build:native`); without them, and on
 * other machines, Opus is WebAssembly, and sound cards and the embedded cloud need packages that npm compiles.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { joinLicences } from './licences.mjs';
import { manifest, NATIVE } from './package/manifest.mjs';
import { publish } from './publish.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist-package') } } });
const { out } = values;
const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** Messages, help and the manual page name them. */
const DOCUMENTS = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const FILES = [
  ...['bin/earshot', 'assets', 'README.md', 'CHANGELOG.md', 'LICENSE', 'docs/man', 'docs/schemas'],
  ...DOCUMENTS.map((name) => `docs/${name}`),
];

const folder = await publish(join(out, project.name), async (empty) => {
  for (const file of FILES) copy(file, empty);
  // All from the same build, even if another build replaces it meanwhile. Source maps are three times as large as the program.
  cpSync(realpathSync(join(root, 'dist')), join(empty, 'dist'), {
    recursive: true,
    filter: (path) => !path.endsWith('.map') && !path.endsWith('/third-party-licenses.txt'),
  });
  const licences = [readFileSync(join(root, 'dist/third-party-licenses.txt'), 'utf8'), ...copyPrebuilt(empty)];
  writeFileSync(join(empty, 'THIRD-PARTY-LICENSES.txt'), joinLicences(licences));
  writeFileSync(join(empty, 'package.json'), `${JSON.stringify(manifest(project), null, 2)}\n`);
});
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', folder, '--json', '--pack-destination', out], { encoding: 'utf8', cwd: out }),
);
process.stdout.write(
  `${relative(root, join(out, packed.filename))}: ${(packed.size / 1e6).toFixed(1)} MB, unpacked ${(packed.unpackedSize / 1e6).toFixed(1)} MB\n`,
);

/** @returns {string[]} their licences, once */
function copyPrebuilt(target) {
  const source = join(root, 'prebuilt');
  const platforms = existsSync(source) ? readdirSync(source) : [];
  if (platforms.length === 0) process.stderr.write('Without compiled libraries: npm run build:native makes them\n');
  for (const platform of platforms) {
    const { versions } = JSON.parse(readFileSync(join(source, platform, 'prebuilt.json'), 'utf8'));
    for (const name of NATIVE) {
      const wanted = project.optionalDependencies[name];
      if (versions[name] !== wanted) {
        throw new Error(`prebuilt/${platform} has ${name} ${versions[name]}, not ${wanted}: npm run build:native`);
      }
    }
    copy(join('prebuilt', platform), target);
  }
  return platforms.slice(0, 1).map((platform) => readFileSync(join(source, platform, 'LICENSES.txt'), 'utf8'));
}

function copy(file, target) {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  cpSync(join(root, file), join(target, file), { recursive: true });
}
