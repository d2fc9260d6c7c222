/**
 * `earshot update`: small bundles, published by npm itself to a registry on loopback, and a program in the place of systemctl, which starts the
 * current version and waits until it is ready. test/pi/service.sh does it with the real bundle and systemd.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Installation } from '../../src/update/installation.ts';
import { devicePackage, findRelease } from '../../src/update/release.ts';
import { systemdService } from '../../src/update/service.ts';
import { rollBack, updateFrom, updateTo } from '../../src/update/update.ts';
import { EARSHOT } from '../support/cli.ts';
import { type Registry, startRegistry } from './registry.ts';

const run = promisify(execFile);
const NAME = devicePackage();
const SCHEMA = new URL('../../docs/schemas/update.json', import.meta.url);
const PATH = process.env.PATH;

let registry: Registry;
let folder: string;
/** A fresh installation of 0.1.0 for each test. */
let root: string;
/** Of a device: its units are in root/etc/systemd/system. */
const UNITS = 'etc/systemd/system';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-update-'));
  registry = await startRegistry();
  await npm('publish', await tarball('0.2.0', READY));
  await npm('publish', '--tag=next', await tarball('0.3.0', 'exit 1'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'systemctl'), SYSTEMCTL);
  chmodSync(join(bin, 'systemctl'), 0o755);
  process.env.PATH = `${bin}:${PATH}`;
});
after(() => {
  process.env.PATH = PATH;
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  root = mkdtempSync(join(folder, 'device-'));
  process.env.EARSHOT_TEST_ROOT = root;
  const first = join(root, 'versions/0.1.0');
  await bundle('0.1.0', READY, first);
  mkdirSync(join(root, UNITS), { recursive: true });
  for (const unit of ['earshot.service', 'earshot-reset.service']) {
    cpSync(join(first, 'deploy', unit), join(root, UNITS, unit));
  }
  symlinkSync('versions/0.1.0', join(root, 'current'));
});

/** Files of set-up in a bundle, and where they are in the system. */
const SETUP = new Map([
  ['setup/earshot-setup.service', `${UNITS}/earshot-setup.service`],
  ['setup/captive-portal.conf', 'etc/NetworkManager/dnsmasq-shared.d/earshot.conf'],
  ['setup/earshot.rules', 'etc/polkit-1/rules.d/50-earshot.rules'],
]);

/** As `install.sh --setup`, of 0.1.0. */
function installSetup(): void {
  for (const [source, target] of SETUP) {
    mkdirSync(dirname(join(root, target)), { recursive: true });
    cpSync(join(root, 'versions/0.1.0/deploy', source), join(root, target));
  }
}

/** What a daemon does in the eyes of systemd: it says that it is ready, with its version. */
const READY = 'basename "$(cd "$(dirname "$0")/.." && pwd -P)" >"$EARSHOT_TEST_ROOT/ready"';

const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$EARSHOT_TEST_ROOT/calls"
[ "$1" != show ] || { cat "$EARSHOT_TEST_ROOT/state-of-$4" 2>/dev/null || echo inactive; exit 0; }
[ "$1" = restart ] || exit 0
rm -f "$EARSHOT_TEST_ROOT/ready"
"$EARSHOT_TEST_ROOT/current/bin/earshot" run && [ -e "$EARSHOT_TEST_ROOT/ready" ] && exit 0
echo 'Job for earshot.service failed' >&2
exit 1
`;

/** @param daemon what it does when it is started as a service */
async function bundle(version: string, daemon: string, target: string, manifest: object = {}): Promise<void> {
  mkdirSync(join(target, 'bin'), { recursive: true });
  mkdirSync(join(target, 'deploy/setup'), { recursive: true });
  writeFileSync(join(target, 'bin/earshot'), `#!/bin/sh\n[ "$1" != --version ] || exec echo ${version}\n${daemon}\n`);
  chmodSync(join(target, 'bin/earshot'), 0o755);
  for (const file of ['earshot.service', 'earshot-reset.service', ...SETUP.keys()]) {
    writeFileSync(join(target, 'deploy', file), `# ${file} of ${version}\n`);
  }
  writeFileSync(
    join(target, 'package.json'),
    JSON.stringify({ name: NAME, version, os: [process.platform], cpu: [process.arch], ...manifest }),
  );
}

async function tarball(version: string, daemon: string, manifest: object = {}): Promise<string> {
  const made = mkdtempSync(join(folder, 'bundle-'));
  await bundle(version, daemon, join(made, 'earshot'), manifest);
  const file = join(made, `${version}.tgz`);
  await run('tar', ['-czf', file, '-C', made, 'earshot']);
  return file;
}

const npm = (...args: string[]) =>
  run('npm', [...args, `--registry=${registry.url}`], {
    cwd: folder,
    env: { ...process.env, [`npm_config_//${new URL(registry.url).host}/:_authToken`]: 'of no worth' },
  });

const options = () => ({ installation: new Installation(root), service: systemdService(root) });
const find = (version?: string) => findRelease(NAME, version, { base: registry.url, headers: {} });
const running = () => readFileSync(join(root, 'ready'), 'utf8').trim();
const unit = (name: string) => readFileSync(join(root, UNITS, name), 'utf8');
const calls = () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '');
const versions = () => readdirSync(join(root, 'versions')).sort();

test('the newest version is fetched, started, and the one before stays; --rollback brings it back', async () => {
  assert.deepEqual(await updateTo(await find(), options()), { version: '0.2.0', before: '0.1.0' });
  assert.equal(running(), '0.2.0');
  assert.equal(readlinkSync(join(root, 'current')), 'versions/0.2.0');
  assert.equal(unit('earshot.service'), '# earshot.service of 0.2.0\n');
  assert.deepEqual(versions(), ['0.1.0', '0.2.0']);
  assert.ok(!existsSync(join(root, 'downloads')));
  assert.deepEqual(await updateTo(await find(), options()), { version: '0.2.0', before: '0.2.0' });
  assert.deepEqual(await rollBack(options()), { version: '0.1.0', before: '0.2.0' });
  assert.equal(running(), '0.1.0');
  assert.equal(unit('earshot.service'), '# earshot.service of 0.1.0\n');
  assert.match(calls(), /daemon-reload\nrestart earshot\.service\n/);
});

test('a version that does not get ready is gone again, and the old one runs', async () => {
  await assert.rejects(updateTo(await find('0.3.0'), options()), (error: Error & { code: string }) => {
    assert.equal(error.code, 'update_failed');
    assert.match(
      error.message,
      /0\.3\.0 does not get ready \(.*Job for earshot\.service failed.*\); version 0\.1\.0 runs again/,
    );
    return true;
  });
  assert.equal(running(), '0.1.0');
  assert.equal(readlinkSync(join(root, 'current')), 'versions/0.1.0');
  assert.deepEqual(versions(), ['0.1.0']);
  assert.equal(unit('earshot.service'), '# earshot.service of 0.1.0\n');
  await assert.rejects(rollBack(options()), { code: 'usage' });
});

test('the units of reset and set-up come along, and go back with the rest; a missing one is enabled', async () => {
  installSetup();
  const ofVersion = (version: string) => {
    for (const name of ['earshot.service', 'earshot-reset.service'])
      assert.equal(unit(name), `# ${name} of ${version}\n`);
    for (const [source, target] of SETUP) {
      assert.equal(readFileSync(join(root, target), 'utf8'), `# ${source} of ${version}\n`);
    }
  };
  await updateTo(await find(), options());
  ofVersion('0.2.0');
  assert.equal(statSync(join(root, 'etc/polkit-1/rules.d/50-earshot.rules')).mode & 0o777, 0o644);
  await assert.rejects(updateTo(await find('0.3.0'), options()), /0\.2\.0 runs again/);
  ofVersion('0.2.0');
  assert.doesNotMatch(calls(), /enable/);
  // What an update by an older version, or one that was cut off, has left out.
  rmSync(join(root, UNITS, 'earshot-reset.service'));
  writeFileSync(join(root, 'calls'), '');
  assert.deepEqual(await updateTo(await find(), options()), { version: '0.2.0', before: '0.2.0' });
  ofVersion('0.2.0');
  assert.match(calls(), /daemon-reload\nenable --quiet earshot-reset\.service\nrestart earshot\.service\n$/);
  writeFileSync(join(root, 'calls'), '');
  await updateTo(await find(), options());
  assert.doesNotMatch(calls(), /restart|reload/, 'nothing to complete');
});

test('they are those that deploy/install.sh installs', () => {
  const script = readFileSync(new URL('../../deploy/install.sh', import.meta.url), 'utf8');
  for (const [source, target] of SETUP) {
    assert.ok(script.includes(`"$source/deploy/${source}"`), source);
    assert.ok(script.includes(`=/${target}\n`), target);
  }
});

test('a device without set-up gets none', async () => {
  await updateTo(await find(), options());
  for (const target of SETUP.values()) assert.ok(!existsSync(join(root, target)), target);
});

test('during set-up, whose end the daemon waits for, nothing is updated', async () => {
  installSetup();
  writeFileSync(join(root, 'state-of-earshot-setup.service'), 'activating\n');
  await assert.rejects(updateTo(await find(), options()), { code: 'update_unavailable', message: /not finished/ });
  assert.equal(readlinkSync(join(root, 'current')), 'versions/0.1.0');
  assert.doesNotMatch(calls(), /restart/);
});

test('a service that hangs at its start counts as not ready', async () => {
  const hangs = await tarball('0.4.0', 'exec sleep 600');
  const impatient = { installation: new Installation(root), service: systemdService(root, 700) };
  await assert.rejects(updateFrom(hangs, undefined, impatient), /not ready within 0\.7 s/);
  assert.equal(running(), '0.1.0');
});

test('what is not what was released changes nothing', async () => {
  const path = `/${NAME}/-/${NAME}-0.2.0.tgz`;
  const released = registry.tarballs.get(path) ?? Buffer.alloc(0);
  const other = readFileSync(await tarball('0.2.0', `${READY}; echo evil`));
  registry.tarballs.set(path, other);
  try {
    await assert.rejects(updateTo(await find(), options()), { code: 'archive_unverified' });
  } finally {
    registry.tarballs.set(path, released);
  }
  const own = await tarball('0.5.0', READY);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(own)).digest('base64')}`;
  await assert.rejects(updateFrom(own, integrity.replace(/.{6}==$/, 'AAAAAA=='), options()), {
    code: 'archive_unverified',
  });
  assert.equal(readlinkSync(join(root, 'current')), 'versions/0.1.0');
  assert.deepEqual(versions(), ['0.1.0']);
  assert.deepEqual(await updateFrom(own, integrity, options()), { version: '0.5.0', before: '0.1.0' });
});

test('a tarball that is no bundle for this machine changes nothing', async () => {
  const cases: [file: Promise<string>, reason: RegExp][] = [
    [tarball('0.6.0', READY, { cpu: ['riscv64'] }), /for linux on riscv64/],
    [tarball('not-a-version', READY), /not-a-version is not a version/],
    [archive('earshot/../../evil', 'outside'), /a file with the name "earshot\/\.\.\/\.\.\/evil"/],
    [archive('earshot/README.md', 'no program'), /not the bundle of a device/],
    [cut(), /cannot be unpacked/],
  ];
  for (const [file, reason] of cases) await assert.rejects(updateFrom(await file, undefined, options()), reason);
  assert.ok(!existsSync(join(dirname(root), 'evil')) && !existsSync(join(root, 'evil')));
  assert.deepEqual(versions(), ['0.1.0']);
  assert.doesNotMatch(calls(), /restart/);
});

async function archive(name: string, content: string): Promise<string> {
  const made = mkdtempSync(join(folder, 'archive-'));
  writeFileSync(join(made, 'file'), content);
  const file = join(made, 'archive.tgz');
  await run('tar', ['-czPf', file, '-C', made, `--transform=s,^file$,${name},`, 'file']);
  return file;
}

async function cut(): Promise<string> {
  const file = await tarball('0.7.0', READY);
  writeFileSync(file, readFileSync(file).subarray(0, 200));
  return file;
}

test('a registry that is not there, or answers nonsense, and a version that is not there are told', async () => {
  await assert.rejects(find('9.9.9'), (error: Error & { code: string; hint: string }) => {
    assert.equal(error.code, 'release_unknown');
    assert.match(error.hint, /0\.2\.0, 0\.3\.0/);
    return true;
  });
  await assert.rejects(find('../evil'), { code: 'usage' });
  await assert.rejects(findRelease('earshot-no-such', undefined, { base: registry.url, headers: {} }), /HTTP 404/);
  await assert.rejects(findRelease(NAME, undefined, { base: 'http://127.0.0.1:9/', headers: {} }), {
    code: 'download_failed',
  });
  registry.packages.set('nonsense', { name: 'nonsense' } as never);
  await assert.rejects(
    findRelease('nonsense', undefined, { base: registry.url, headers: {} }),
    /not what an npm registry/,
  );
});

test('the command tells what is available, and where there is no service', async () => {
  const env = { ...process.env, npm_config_registry: registry.url, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' };
  const earshot = (...args: string[]) => run(EARSHOT, ['update', ...args], { env, cwd: folder });
  const { stdout } = await earshot('--check', '--json', '--folder', root);
  assert.deepEqual(JSON.parse(stdout), { current: '0.1.0', available: '0.2.0' });
  const fits = new Ajv2020().compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
  assert.ok(fits(JSON.parse(stdout)) && fits({ version: '0.2.0', before: '0.1.0' }) && !fits({ version: '0.2.0' }));
  await assert.rejects(earshot('--check', '--folder', folder), /There is no service of Earshot/);
  await assert.rejects(earshot('--check', '--rollback', '--folder', root), { code: 2 });
});
