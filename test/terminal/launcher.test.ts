/**
 * What bin/earshot does before Node starts: it removes the output of native sound libraries and passes everything else; results and
 * messages have separate descriptors. A fake Node replaces the real one and writes the libraries' output.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { EARSHOT } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-test-launcher-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Output of PortAudio, ALSA, JACK and naudiodon, to both descriptors. */
const CHATTER = `ALSA lib confmisc.c:855:(parse_card) cannot find card '0'
Cannot connect to server socket err = No such file or directory
Cannot connect to server request channel
jack server is not running or cannot be started
JackShmReadWritePtr::~JackShmReadWritePtr - Init not done for -1, skipping unlock
PortAudio V19.6.0-devel, revision unknown
Input device name is default
Output device name is default
Expression 'ret' failed in 'src/hostapi/alsa/pa_linux_alsa.c', line: 1736
Expression 'AlsaOpen( hostApi, parameters, streamDir, &pcm )' failed in 'src/hostapi/alsa/pa_linux_alsa.c', line: 1768

Finishing input - 0 bytes processed
AudioIO: stopped`;
const FATAL = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';

writeFileSync(
  join(folder, 'node'),
  `#!/bin/sh
cat <<'CHATTER'
${CHATTER}
CHATTER
cat >&2 <<'CHATTER'
${CHATTER}
CHATTER
echo "${FATAL}" >&2
echo 'a result' >&"$EARSHOT_STDOUT"
[ -n "\${TELL_OPTIONS:-}" ] && echo "arguments $* " >&"$EARSHOT_STDERR"
[ -n "\${TELL_OPTIONS:-}" ] && echo "malloc \${GLIBC_TUNABLES:-}" >&"$EARSHOT_STDERR"
echo 'a message' >&"$EARSHOT_STDERR"
`,
);
chmodSync(join(folder, 'node'), 0o755);

function launch(args: string[], env: NodeJS.ProcessEnv = {}) {
  const PATH = `${folder}:${process.env.PATH}`;
  return spawnSync(EARSHOT, args, { encoding: 'utf8', env: { ...process.env, PATH, TMPDIR: folder, ...env } });
}

/** All commands that may open a sound card. */
for (const command of ['start', 'run', 'devices', 'doctor', 'latency', 'turns play 0123 --output x.wav']) {
  test(`earshot ${command} prints no library output, but still prints Node's fatal errors`, () => {
    const { stdout, stderr } = launch(command.split(' '));
    assert.equal(stdout, 'a result\n');
    assert.deepEqual(stderr.trimEnd().split('\n').sort(), [FATAL, 'a message']);
  });
}

test('commands without sound have no filter and write to standard output directly', () => {
  for (const command of ['analyze', 'gateway', 'help']) assert.equal(launch([command]).stdout, 'a result\n');
});

test("the operator's option for the young space of a gateway is not changed", () => {
  const options = (NODE_OPTIONS: string) =>
    /^arguments (.*)$/m.exec(launch(['gateway'], { NODE_OPTIONS, TELL_OPTIONS: '1' }).stderr)?.[1] ?? '';
  assert.match(options('--max-semi-space-size=1'), /^--no-allocation-site-pretenuring [^ ]*cli\.js /);
  // On a machine with little memory Node chooses.
  const isRoomy = totalmem() > 2e9 && process.constrainedMemory() > 2e9;
  assert.match(options(''), isRoomy ? / --max-semi-space-size=8 / : /./);
});

test('a device runs with the options of V8 that save memory', () => {
  const options = /^arguments (.*)$/m.exec(launch(['run'], { TELL_OPTIONS: '1' }).stderr)?.[1] ?? '';
  assert.match(
    options,
    /^--no-allocation-site-pretenuring --optimize-for-size --flush-baseline-code --expose-gc [^ ]*cli\.js run/,
  );
});

test("only a device's malloc keeps no blocks for each thread, and the operator's value is not changed", () => {
  const tunables = (command: string, env: NodeJS.ProcessEnv = {}) =>
    /^malloc (.*)$/m.exec(launch([command], { TELL_OPTIONS: '1', ...env }).stderr)?.[1];
  assert.equal(tunables('run'), 'glibc.malloc.tcache_count=0');
  assert.equal(tunables('run', { GLIBC_TUNABLES: 'glibc.malloc.check=1' }), 'glibc.malloc.check=1');
  for (const command of ['start', 'gateway']) assert.equal(tunables(command), '');
});

test('EARSHOT_NATIVE_LOG=1 shows the libraries’ output', () => {
  assert.match(launch(['start'], { EARSHOT_NATIVE_LOG: '1' }).stderr, /ALSA lib.*pa_linux_alsa\.c/s);
});

test('no pipe remains', () => {
  assert.deepEqual(readdirSync(folder), ['node']);
});
