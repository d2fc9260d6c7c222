/** `earshot reset`: what a device forgets, what stays, and when it refuses. */
import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { lockState } from '../../src/core/files/state-lock.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { deleteForgettable, forgettables } from '../../src/device/factory-reset.ts';
import { pauseService } from '../../src/update/service.ts';
import { earshot } from '../support/cli.ts';
import { NMCLI, standIn } from './stand-in.ts';

const OF_THE_DEVICE = [
  'token',
  'paired-gateway.json',
  'api-token',
  'turns/1.turn',
  'turns/refused/2.turn',
  'reminders/list.json',
  'replies/a.reply',
  'local-settings.json',
  'wake-hello.json',
  'flight/last-run-device.ndjson',
];
const STAYS = [
  'hotspot.json',
  'cloud/database',
  'cloud-queue/1',
  'console/sessions.json',
  'home-assistant.json',
  'ducked.json',
];

function device(): string {
  const state = mkdtempSync(join(tmpdir(), 'earshot-reset-'));
  after(() => rmSync(state, { recursive: true, force: true }));
  for (const name of [...OF_THE_DEVICE, ...STAYS]) {
    mkdirSync(dirname(join(state, name)), { recursive: true });
    writeFileSync(join(state, name), 'x');
  }
  return state;
}
const filesIn = (state: string) =>
  readdirSync(state, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
    .map((entry) => join(entry.parentPath, entry.name).slice(state.length + 1))
    .sort();
const reset = (state: string, ...args: string[]) =>
  earshot(['reset', ...args], { env: { EARSHOT_STATE: state } }).ended;

test('everything of the owner goes, also what was being written when the power went; the gateway, and the label, keep theirs', () => {
  const state = device();
  writeFileSync(join(state, 'token.part'), 'x');
  for (const each of forgettables(state)) deleteForgettable(each);
  assert.deepEqual(filesIn(state), [...STAYS].sort());
  assert.deepEqual(forgettables(state), []);
});

test('it lists what goes and asks; where nobody can answer it changes nothing; --yes does it, and once more there is nothing', async () => {
  const state = device();
  const asked = await reset(state);
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /the pairing with its gateway[\s\S]*mute, volume[\s\S]*--yes/);
  assert.equal(filesIn(state).length, OF_THE_DEVICE.length + STAYS.length);
  const done = await reset(state, '--yes', '--json');
  assert.equal(done.code, 0, done.stderr);
  assert.equal(JSON.parse(done.stdout).forgotten.length, 8);
  assert.deepEqual(filesIn(state), [...STAYS].sort());
  assert.equal((await reset(state, '--yes')).stdout, 'there is nothing to forget\n');
});

test('it refuses while the daemon runs', async () => {
  const state = device();
  const unlock = lockState({ state, roles: ['device'], command: 'earshot run', clock: systemClock, log: silentLog });
  try {
    const { code, stderr } = await reset(state, '--yes');
    assert.equal(code, 1);
    assert.match(stderr, /already has a device: earshot run/);
    assert.ok(existsSync(join(state, 'token')));
  } finally {
    unlock();
  }
});

test('Wi-Fi networks go first, and only if they are to', async () => {
  const [state, machine] = [device(), standIn()];
  mkdirSync(join(machine.folder, 'profiles/earshot-wifi'), { recursive: true });
  const env = { EARSHOT_STATE: state, PATH: `${machine.folder}/bin:${process.env.PATH}` };
  mkdirSync(join(machine.folder, 'bin'));
  writeFileSync(join(machine.folder, 'bin/nmcli'), `#!/bin/sh\nexec ${NMCLI} "$@"\n`, { mode: 0o755 });
  const { code, stdout, stderr } = await earshot(['reset', '--wifi', '--yes'], { env }).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /forgotten: Wi-Fi networks and their passwords/);
  assert.deepEqual(machine.profiles(), []);
});

/** In place of systemctl: units have the states that are given, and its calls are noted. */
function systemd(states: Record<string, string>): { root: string; calls(): string[] } {
  const root = mkdtempSync(join(tmpdir(), 'earshot-systemd-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const answers = Object.entries(states).map(([unit, state]) => `${unit}) echo ${state} ;;`);
  const script = `#!/bin/sh
[ "$1" = show ] || echo "$*" >>${root}/calls
[ "$1" != show ] || case $4 in ${answers.join(' ')} *) echo inactive ;; esac
`;
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/systemctl'), script, { mode: 0o755 });
  process.env.PATH = `${root}/bin:${process.env.PATH}`;
  return {
    root,
    calls: () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').split('\n') : ['']),
  };
}

test('the service is stopped meanwhile and started again, if it ran; a device with set-up begins with that, also in the middle of it', async () => {
  const stopped = systemd({});
  await (await pauseService(stopped.root))();
  assert.deepEqual(stopped.calls(), ['']);
  const plain = systemd({ 'earshot.service': 'active' });
  await (await pauseService(plain.root))();
  assert.deepEqual(plain.calls(), ['stop earshot.service', 'start earshot.service', '']);
  for (const states of [
    { 'earshot.service': 'active', 'earshot-setup.service': 'active' },
    { 'earshot.service': 'inactive', 'earshot-setup.service': 'activating' },
  ]) {
    const { root, calls } = systemd(states);
    mkdirSync(join(root, 'etc/systemd/system'), { recursive: true });
    writeFileSync(join(root, 'etc/systemd/system/earshot-setup.service'), '');
    const units = 'earshot-setup.service earshot.service';
    const resume = await pauseService(root);
    assert.deepEqual(calls(), [`stop ${units}`, '']);
    await resume();
    assert.deepEqual(calls(), [`stop ${units}`, `start --no-block ${units}`, '']);
  }
});

const notRoot = process.getuid?.() !== 0 && 'only root may work on the folder of another user';
test("by root, in the folder of the service's user: the lock stays that user's", { skip: notRoot }, async () => {
  const state = device();
  for (const name of ['', ...readdirSync(state, { recursive: true, encoding: 'utf8' })])
    chownSync(join(state, name), 65_534, 65_534);
  const { code, stderr } = await reset(state, '--yes');
  assert.equal(code, 0, stderr);
  assert.equal(statSync(join(state, 'device.lock')).uid, 65_534);
  assert.ok(!existsSync(join(state, 'token')));
});
