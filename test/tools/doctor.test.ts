import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ErrorInfo } from '../../src/core/errors.ts';
import type { EchoProbe } from '../../src/tools/doctor/checks/system.ts';
import { CHECKS, examine } from '../../src/tools/doctor/doctor.ts';
import { type FakeSystem, fakeSystem, SEEED_CARD } from './fake-system.ts';

const NAUDIODON: ErrorInfo = { code: 'sound_unavailable', message: 'naudiodon is not built', hint: 'Run: mend' };

/** The findings for this machine except those that are ok. */
async function complaints(fake: FakeSystem) {
  const all = await examine(fakeSystem(fake));
  return all.filter(({ status }) => status === 'warn' || status === 'fail');
}

test('a healthy Pi has no problems, and each check reports its result', async () => {
  const all = await examine(fakeSystem({ gateway: 'ws://gateway' }));
  assert.deepEqual(
    all.filter(({ status }) => status !== 'ok'),
    [],
  );
  assert.deepEqual(new Set(all.map(({ check }) => check)), new Set(CHECKS.map(({ name }) => name)));
});

test('docs/operations.md lists each check', () => {
  const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split('## The doctor\n');
  const listed = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  assert.deepEqual(
    CHECKS.map(({ name }) => name).filter((name) => !listed.includes(name)),
    [],
  );
});

const DEAF = { device: 'x', correlation: 0.05, delayMs: 0 };

/** Typical problems of a Pi: the machine, the check that reports it, its status, and the expected text. */
const PAINS: [name: string, machine: FakeSystem, check: string, status: 'warn' | 'fail', told: RegExp][] = [
  ['Node is too old', { nodeVersion: '18.20.0' }, 'node', 'fail', /20\.19/],
  ['Node is past its support', { nodeVersion: '20.20.2' }, 'node', 'warn', /Node 22 or 24/],
  ['a Pi Zero', { arch: 'arm', files: { '/proc/cpuinfo': 'model name : ARMv6-compatible' } }, 'node', 'fail', /Zero 2/],
  ['no codec', { probes: { codec: { ...NAUDIODON, code: 'codec_unavailable' } } }, 'codec', 'fail', /mend/],
  ['the card is full', { freeBytes: 5e6 }, 'disk', 'fail', /Free some space/],
  ['the card is nearly full', { freeBytes: 5e7 }, 'disk', 'warn', /Free some space/],
  ['the file system is read-only', { unwritable: ['/var/lib/earshot'] }, 'disk', 'fail', /worn out/],
  ['no state folder', { freeBytes: undefined }, 'disk', 'warn', /--state/],
  ['no memory', { files: { '/proc/meminfo': 'MemAvailable: 20000 kB' } }, 'memory', 'fail', /desktop/],
  ['little memory', { files: { '/proc/meminfo': 'MemAvailable: 60000 kB' } }, 'memory', 'warn', /desktop/],
  ['it is hot', { files: { '/sys/class/thermal/thermal_zone0/temp': '82000' } }, 'heat', 'warn', /heat sink/],
  ['it is warm', { files: { '/sys/class/thermal/thermal_zone0/temp': '72000' } }, 'heat', 'warn', /before/],
  ['too little current', throttled('50005'), 'power', 'warn', /2\.5 A/],
  ['too little current once', throttled('50000'), 'power', 'warn', /2\.5 A/],
  ['slowed down', throttled('4'), 'power', 'warn', /too hot/],
  ['a clock that never ran', { time: '1970-01-01T00:00:40Z' }, 'clock', 'fail', /Certificates/],
  ['a clock that nobody sets', ntp('no\n'), 'clock', 'warn', /set-ntp/],
  ['no network', { files: { '/proc/net/route': 'Iface' } }, 'network', 'warn', /nmcli/],
  ['weak Wi-Fi', wireless('-82.'), 'network', 'warn', /nearer/],
  [
    'Wi-Fi with power saving',
    { commands: { 'iw dev wlan0 get power_save': 'Power save: on\n' } },
    'network',
    'warn',
    /100 ms/,
  ],
  [
    'a gateway that is not reachable',
    { gateway: 'ws://g', health: { ok: false, error: NAUDIODON } },
    'gateway',
    'fail',
    /mend/,
  ],
  ['a gateway that is far', far({ roundTripsMs: [150, 160, 170] }), 'gateway', 'warn', /nearer/],
  ['a gateway with a wrong clock', far({ clockOffsetMs: 90_000 }), 'gateway', 'warn', /timedatectl/],
  ['no overlay', noCard({ '/boot/firmware/config.txt': 'dtparam=audio=on' }), 'ReSpeaker', 'warn', /2mic-voicecard/],
  [
    'an overlay that is disabled',
    noCard({ '/boot/firmware/config.txt': '#dtoverlay=seeed-2mic-voicecard' }),
    'ReSpeaker',
    'warn',
    /#/,
  ],
  ['the old path of the overlay', noCard(oldConfig()), 'ReSpeaker', 'fail', /pins/],
  ['a new kernel', noCard({ '/proc/modules': 'snd 1 0 - Live 0x0' }), 'ReSpeaker', 'fail', /kernel update/],
  ['a HAT that is not connected well', noCard({}), 'ReSpeaker', 'fail', /pins/],
  ['no config', noCard({ '/boot/firmware/config.txt': undefined }), 'ReSpeaker', 'warn', /config\.txt/],
  ['no card', noCard({}), 'sound cards', 'warn', /--input/],
  ['not in the group', { unreadable: ['/dev/snd/pcmC1D0c'] }, 'sound cards', 'fail', /usermod -aG audio/],
  ['only a jack', onlyPlays(), 'sound cards', 'warn', /only play/],
  ['PulseAudio holds the card', held('pulseaudio'), 'sound cards', 'warn', /disable --now pulseaudio/],
  ['another program holds the card', held('arecord'), 'sound cards', 'warn', /end that program/],
  ['naudiodon is missing', { probes: { devices: NAUDIODON } }, 'sound', 'fail', /mend/],
  ['naudiodon is missing, and not needed', { ...noCard({}), probes: { devices: NAUDIODON } }, 'sound', 'warn', /mend/],
  ['the card cannot be opened', { probes: { sound: NAUDIODON } }, 'sound', 'fail', /mend/],
  ['muted', heard({ peakDb: -90, rmsDb: -90 }), 'sound', 'fail', /alsamixer/],
  [
    'muted, and does not pick up the speaker',
    { probes: { sound: { ...silent(), loopback: DEAF } } },
    'sound',
    'fail',
    /alsamixer/,
  ],
  ['too loud', heard({ clippedRuns: 9 }), 'sound', 'warn', /gain down/],
  ['noisy', heard({ rmsDb: -20 }), 'sound', 'warn', /hum/],
  ['no speaker', loopback({ correlation: 0.05 }), 'sound', 'warn', /connected/],
  ['a slow speaker', loopback({ delayMs: 350 }), 'sound', 'warn', /Bluetooth/],
  [
    'a speaker that is in use',
    { probes: { sound: { ...working(), speakerError: NAUDIODON } } },
    'sound',
    'fail',
    /mend/,
  ],
  ['no library for the echo', echo({ canceller: 'none', isMissing: true, why: 'apt-get' }), 'echo', 'warn', /apt-get/],
  ['an echo that is distorted', echo({ isConverged: false, erleDb: 5 }), 'echo', 'warn', /Turn the speaker down/],
  ['no echo', echo({ isHeard: false, isConverged: false }), 'echo', 'warn', /headphones/],
];

for (const [name, machine, check, status, told] of PAINS) {
  test(`${name}: is reported in one line, with a hint`, async () => {
    const found = (await complaints(machine)).filter((complaint) => complaint.check === check);
    const fitting = found.find((complaint) => complaint.status === status && told.test(complaint.hint ?? ''));
    assert.ok(fitting, JSON.stringify(found));
    assert.doesNotMatch(`${fitting.detail}${fitting.hint}`, /\n|undefined|NaN/);
  });
}

test('checks that do not apply report no problem', async () => {
  const desktop = { arch: 'x64', nodeVersion: '24.0.0', files: { '/proc/device-tree/model': undefined } };
  assert.deepEqual(await complaints(desktop), []);
  const bare = await examine(fakeSystem({ ...noCard({ '/proc/device-tree/model': undefined }), arch: 'x64' }));
  assert.ok(bare.some(({ check, status }) => check === 'ReSpeaker' && status === 'skip'));
  const earshot = await examine(fakeSystem(held('node')));
  assert.ok(earshot.every(({ status }) => status !== 'warn'));
  assert.deepEqual(await complaints(ntp('yes\n')), []);
  assert.deepEqual(await complaints({ files: { '/proc/net/wireless': undefined } }), []);
});

test('one thread is recommended for boards with up to 512 MB, and not for larger ones', async () => {
  for (const [totalKib, isRecommended] of [
    [427_804, true],
    [922_000, false],
  ] as const) {
    const files = { '/proc/meminfo': `MemTotal: ${totalKib} kB\nMemAvailable: 250000 kB\n` };
    const found = (await examine(fakeSystem({ files }))).find(({ check }) => check === 'memory');
    assert.equal(found?.status, 'ok');
    assert.equal(/--threads one is recommended/.test(found?.detail ?? ''), isRecommended, found?.detail);
  }
});

test('a 2-Mic HAT with the driver of the kernel is a ReSpeaker', async () => {
  const files = {
    '/boot/firmware/config.txt': 'dtparam=i2s=on\ndtoverlay=wm8960-soundcard\n',
    '/proc/asound/cards': ' 1 [wm8960soundcard]: wm8960-soundcard - wm8960-soundcard\n',
    '/proc/modules': 'snd_soc_wm8960 57344 1 - Live 0x0\n',
  };
  assert.deepEqual(await complaints({ files }), []);
});

test('a microphone with zeros that receives the chirp is not muted', async () => {
  const hears = { device: 'x', correlation: 0.8, delayMs: 60 };
  assert.deepEqual(await complaints({ probes: { sound: { ...silent(), loopback: hears } } }), []);
});

test('the rates of a USB card are reported', async () => {
  const files = {
    '/proc/asound/cards': ' 2 [ArrayUAC10     ]: USB-Audio - ReSpeaker 4 Mic Array (UAC1.0)\n',
    '/proc/asound/card2/pcm0c/info': '',
    '/proc/asound/card2/stream0': 'Capture:\n  Interface 2\n    Format: S16_LE\n    Rates: 16000\n',
  };
  const all = await examine(fakeSystem({ files }));
  assert.ok(all.some(({ detail }) => /ReSpeaker 4 Mic Array .*rates 16000/.test(detail)));
});

test('a check that throws is a finding, and the others still run', async () => {
  const broken = {
    name: 'broken',
    run() {
      throw new Error('no such luck');
    },
  };
  const all = await examine(fakeSystem(), {}, [broken, ...CHECKS]);
  assert.match(all[0]?.detail ?? '', /could not be checked: no such luck/);
  assert.ok(all.length > CHECKS.length / 2);
});

function throttled(bits: string): FakeSystem {
  return {
    files: { '/sys/devices/platform/soc/soc:firmware/get_throttled': undefined },
    commands: { 'vcgencmd get_throttled': `throttled=0x${bits}\n` },
  };
}

function ntp(answer: string): FakeSystem {
  return {
    files: { '/run/systemd/timesync/synchronized': undefined },
    commands: { 'timedatectl show --property=NTPSynchronized --value': answer },
  };
}

function wireless(level: string): FakeSystem {
  return { files: { '/proc/net/wireless': ` wlan0: 0000   30.  ${level}  -256        0\n` } };
}

function far(health: { roundTripsMs?: number[]; clockOffsetMs?: number }): FakeSystem {
  return {
    gateway: 'ws://g',
    health: { ok: true, value: { version: '0.1.0', roundTripsMs: [10, 20, 30], ...health } },
  };
}

function noCard(files: Record<string, string | undefined>): FakeSystem {
  const none = { '/proc/asound/cards': '--- no soundcards ---\n', '/dev/snd/pcmC1D0c': undefined };
  return { files: { ...none, ...files }, probes: { devices: { microphone: null, speaker: null, names: [] } } };
}

function oldConfig() {
  return { '/boot/firmware/config.txt': undefined, '/boot/config.txt': ' dtoverlay=respeaker-4mic-array\n' };
}

function onlyPlays(): FakeSystem {
  const cards = ' 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n';
  return { files: { '/proc/asound/cards': cards, '/proc/asound/card0/pcm0p/info': '' } };
}

function held(command: string): FakeSystem {
  return {
    files: { '/proc/321/comm': `${command}\n`, '/proc/asound/cards': SEEED_CARD },
    links: { '/proc/321/fd/7': '/dev/snd/pcmC1D0c', '/proc/321/fd/8': 'socket:[1]' },
  };
}

function silent() {
  return { microphone: { device: 'x', rmsDb: -120, peakDb: -120, clippedRuns: 0 } };
}

function working() {
  return { microphone: { device: 'x', rmsDb: -58, peakDb: -40, clippedRuns: 0 } };
}

function heard(microphone: { rmsDb?: number; peakDb?: number; clippedRuns?: number }): FakeSystem {
  return { probes: { sound: { microphone: { ...working().microphone, ...microphone } } } };
}

function loopback(found: { correlation?: number; delayMs?: number }): FakeSystem {
  const whole = { device: 'x', correlation: 0.8, delayMs: 60, ...found };
  return { probes: { sound: { ...working(), loopback: whole } } };
}

function echo(changes: Partial<EchoProbe>): FakeSystem {
  const found = { canceller: 'speex', why: 'one card', isMissing: false, isHeard: true, isConverged: true };
  return { probes: { echo: { ...found, erleDb: 24, delayMs: 40, ...changes } } };
}
