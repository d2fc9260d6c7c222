import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { hasProgram } from '../support/has-program.ts';
import { inTime } from '../support/in-time.ts';
import { runProgram } from '../support/run-program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const needs = (command: string, aptPackage: string, ...args: string[]) =>
  hasProgram(command, ...args) ? {} : { skip: `needs ${command} (apt-get install ${aptPackage})` };

test('shellcheck reports nothing for the scripts', needs('shellcheck', 'shellcheck', '--version'), () => {
  const scripts = [
    'deploy/install.sh',
    'deploy/oci/build.sh',
    'deploy/oci/check.sh',
    'test/install/fresh.sh',
    ...['bare', 'emulated', 'service', 'setup', 'systemd'].map((name) => `test/pi/${name}.sh`),
  ];
  const { status, stdout } = spawnSync('shellcheck', ['--external-sources', ...scripts], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});

const UNITS = ['deploy/earshot.service', 'deploy/earshot-reset.service', 'deploy/setup/earshot-setup.service'];

test('systemd accepts the units', needs('systemd-analyze', 'systemd', '--version'), () =>
  inTemporaryFolder(async (folder) => {
    for (const path of UNITS) {
      // It checks for the program, which is not installed here.
      const unit = readFileSync(join(root, path), 'utf8').replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true');
      writeFileSync(join(folder, basename(path)), unit);
    }
    const files = UNITS.map((path) => join(folder, basename(path)));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /earshot(-\w+)?\.service/);
    const judged = spawnSync(
      'systemd-analyze',
      ['security', '--no-pager', '--offline=true', '--threshold=25', join(folder, 'earshot.service')],
      { encoding: 'utf8' },
    );
    assert.equal(judged.status, 0, 'exposed more than 2.5 of 10');
  }),
);

test("polkit's rule is ES5, which is all that Debian's polkit reads", () => {
  const rule = readFileSync(join(root, 'deploy/setup/earshot.rules'), 'utf8').replaceAll(/^\/\/.*$/gm, '');
  assert.doesNotMatch(rule, /=>|`|\b(const|let|class)\b|\.includes\(/);
  assert.doesNotThrow(() => new Function('polkit', rule));
});

test('the install script refuses unknown options and prints its usage', () => {
  const install = (...args: string[]) => spawnSync(join(root, 'deploy/install.sh'), args, { encoding: 'utf8' });
  assert.equal(install('--help').status, 0);
  assert.match(install('--help').stdout, /--uninstall/);
  assert.equal(install('--nonsense').status, 2);
  assert.match(install('--gateway', 'http://x').stderr, /is not the address of a gateway/);
});

test(
  'the daemon tells systemd that it is ready, connected, alive and ending',
  needs('systemd-notify', 'systemd', '--version'),
  () =>
    inTemporaryFolder(async (folder) => {
      const socket = join(folder, 'notify');
      const systemd = spawn('python3', [join(root, 'test/tools/notify-socket.py'), socket], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines = createInterface({ input: systemd.stdout })[Symbol.asyncIterator]();
      const told = async (wanted: RegExp) => {
        for (;;) {
          const { value = '', done } = await inTime(lines.next(), `systemd is told ${wanted}`);
          assert.ok(!done, `never heard ${wanted}`);
          if (wanted.test(value)) return;
        }
      };
      const gateway = earshot(['gateway', '--open', '--port', '0', '--json', '--state', join(folder, 'gateway')]);
      try {
        await told(/listening/);
        const { url } = JSON.parse(await gateway.line(/url/));
        const args = [
          'run',
          '--gateway',
          url,
          '--input',
          'silence',
          '--output',
          'null',
          '--state',
          join(folder, 'state'),
        ];
        const daemon = earshot(args, { env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' } });
        await told(/READY=1/);
        await told(/STATUS=connected/);
        await told(/WATCHDOG=1/);
        daemon.kill('SIGTERM');
        await told(/STOPPING=1/);
        assert.equal((await daemon.ended).code, 0);
      } finally {
        gateway.kill('SIGTERM');
        systemd.kill();
        await gateway.ended;
      }
    }),
);

/** Native packages, WebAssembly, and packages that are loaded by name on demand; everything else is bundled in Earshot's own files. */
const DEVICE_PACKAGES = [
  ...['@alexanderolsen/libsamplerate-js', '@discordjs/opus', '@echogarden/fvad-wasm', '@evan/opus'],
  ...[`@koromix/koffi-linux-${process.arch}`, 'koffi', 'naudiodon', 'wavefile'],
];

test('the bundle is complete: it runs without any other files', () =>
  inTemporaryFolder(async (folder) => {
    // Unchanged, but in a separate folder: other tests need dist/.
    const copy = join(folder, 'source');
    mkdirSync(copy);
    for (const entry of readdirSync(root)) {
      if (['.git', 'node_modules', 'test'].includes(entry) || entry.startsWith('dist-')) continue;
      cpSync(join(root, entry), join(copy, entry), { recursive: true, dereference: true });
    }
    spawnSync('ln', ['-s', join(root, 'node_modules'), join(copy, 'node_modules')]);
    const made = spawnSync('node', ['deploy/bundle.mjs'], { cwd: copy, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const tarball = readdirSync(join(copy, 'dist-device')).find((name) => name.endsWith('.tgz')) ?? '';
    spawnSync('tar', ['-xzf', join(copy, 'dist-device', tarball), '-C', folder]);
    const bundle = join(folder, 'earshot');
    assert.deepEqual(packagesIn(bundle), DEVICE_PACKAGES);
    const mebibytes = sizeOf(bundle) / 2 ** 20;
    assert.ok(mebibytes < 10, `${mebibytes} MiB unpacked`);

    const gateway = earshot(['gateway', '--open', '--port', '0', '--json', '--state', join(folder, 'gateway')]);
    try {
      const { url } = JSON.parse(await gateway.line(/url/));
      const speech = join(bundle, 'assets/sense-and-sensibility-0880.wav');
      const args = ['run', '--once', '--json', '--gateway', url, '--input', speech, '--output', 'null'];
      const env = { ...process.env, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' };
      const bin = join(bundle, 'bin/earshot');
      const once = await runProgram(bin, [...args, '--state', join(folder, 'state')], { env });
      assert.equal(once.code, 0, once.stderr);
      assert.equal(JSON.parse(String(once.stdout)).outcome, 'done');
      // The decoder with FEC is WebAssembly; where it is missing, another decoder without FEC replaces it.
      const loss = await runProgram(bin, ['loss', '--input', speech, '--rates', '20', '--json'], { env });
      const { results } = JSON.parse(String(loss.stdout));
      assert.ok(results[0].fec.recoveredFrames > 0, JSON.stringify(results));

      // With it the device calls libspeexdsp: without it no reply could be interrupted by voice.
      const call = "import koffi from 'koffi'; process.exitCode = koffi.load('libc.so.6').func('int abs(int)')(-3) - 3";
      const evaluate = ['--input-type=module', '--eval', call];
      const called = await runProgram('node', evaluate, { env, cwd: join(bundle, 'dist') });
      assert.equal(called.code, 0, called.stderr);

      const refuses = async (args: string[], reason: RegExp) => {
        const { code, stderr } = await runProgram(bin, args, { env });
        assert.equal(code, 2, stderr);
        assert.match(stderr, reason);
        assert.doesNotMatch(stderr, /\n\s+at /, 'no stack trace');
      };
      const trace = join(root, 'assets/networks/ws_tcp_rtt50_jit15_g3.txt');
      const plot = ['--packet-ms', '60', '--input', speech, '--seconds', '1', '--plot', join(folder, 'x.svg')];
      await refuses(['gateway', '--port', '1'], /not part of the device's build/);
      await refuses(['cloud', 'status'], /not part of the device's build/);
      await refuses(['simulate', '--trace', trace, ...plot], /echarts is not installed/);
      await refuses(['run', '--gateway', url, '--stately', '--state', folder], /Stately's inspector is not installed/);
    } finally {
      gateway.kill('SIGTERM');
      await gateway.ended;
    }
  }));

function packagesIn(folder: string): string[] {
  const modules = join(folder, 'node_modules');
  const scoped = (name: string) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name];
  return readdirSync(modules).flatMap(scoped).sort();
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
