/**
 * A machine for the doctor: a healthy Raspberry Pi Zero 2 W with a 2-Mic HAT, except for the changes of a test.
 */

import type { ErrorInfo } from '../../src/core/errors.ts';
import type { ProbeAnswer, Probes, System } from '../../src/tools/doctor/checks/system.ts';

export interface FakeSystem {
  arch?: string;
  nodeVersion?: string;
  gateway?: string;
  time?: string;
  freeBytes?: number | undefined;
  unreadable?: string[];
  unwritable?: string[];
  /** `undefined` removes a file. */
  files?: Record<string, string | undefined>;
  links?: Record<string, string>;
  commands?: Record<string, string>;
  probes?: { [Name in keyof Probes]?: Probes[Name] | ErrorInfo };
  health?: Awaited<ReturnType<System['health']>>;
}

export const SEEED_CARD =
  ' 1 [seeed2micvoicec]: seeed-2mic-voicecard - seeed-2mic-voicecard\n                      seeed-2mic-voicecard\n';

const PI: Record<string, string> = {
  '/proc/device-tree/model': 'Raspberry Pi Zero 2 W Rev 1.0\0',
  '/proc/sys/kernel/osrelease': '6.6.31-v8\n',
  '/proc/modules': 'snd_soc_wm8960 57344 1 - Live 0x0\nsnd_soc_seeed_voicecard 24576 0 - Live 0x0\n',
  '/boot/firmware/config.txt': 'dtparam=i2s=on\ndtoverlay=seeed-2mic-voicecard\n',
  '/proc/asound/cards': SEEED_CARD,
  '/proc/asound/card1/pcm0c/info': '',
  '/proc/asound/card1/pcm0p/info': '',
  '/dev/snd/pcmC1D0c': '',
  '/dev/snd/pcmC1D0p': '',
  '/proc/meminfo': 'MemTotal:         427804 kB\nMemAvailable:     250000 kB\n',
  '/sys/class/thermal/thermal_zone0/temp': '48312\n',
  '/sys/devices/platform/soc/soc:firmware/get_throttled': '0\n',
  '/run/systemd/timesync/synchronized': '',
  '/proc/net/route': 'Iface\tDestination\tGateway \tFlags\nwlan0\t00000000\t0101A8C0\t0003\n',
  '/proc/net/wireless':
    'Inter-| sta-|   Quality\n face | tus | link level noise\n wlan0: 0000   60.  -50.  -256        0\n',
};

const PROBES: Probes = {
  codec: { encodeUs: 900, library: 'native' },
  devices: { microphone: 'seeed-2mic-voicecard', speaker: 'seeed-2mic-voicecard', names: ['seeed-2mic-voicecard'] },
  sound: {
    microphone: { device: 'seeed-2mic-voicecard', rmsDb: -58, peakDb: -40, clippedRuns: 0 },
    loopback: { device: 'seeed-2mic-voicecard', correlation: 0.7, delayMs: 62 },
  },
  echo: {
    ...{ canceller: 'speex', why: 'one card', isMissing: false },
    ...{ isHeard: true, isConverged: true, erleDb: 24, delayMs: 40 },
  },
};

export function fakeSystem(fake: FakeSystem = {}): System {
  const files: Record<string, string | undefined> = { ...PI, ...fake.files };
  const paths = Object.keys(files).filter((path) => files[path] !== undefined);
  return {
    nodeVersion: fake.nodeVersion ?? '24.5.0',
    platform: 'linux',
    arch: fake.arch ?? 'arm64',
    stateFolder: '/var/lib/earshot',
    gateway: fake.gateway,
    now: () => Date.parse(fake.time ?? '2026-05-01T12:00:00Z'),
    read: (path) => files[path],
    list(folder) {
      const inside = [...paths, ...Object.keys(fake.links ?? {})].filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? ''))];
    },
    link: (path) => fake.links?.[path],
    can: (what, path) => !(what === 'read' ? fake.unreadable : fake.unwritable)?.includes(path),
    freeBytes: () => ('freeBytes' in fake ? fake.freeBytes : 5e9),
    run: async (...words) => fake.commands?.[words.join(' ')],
    async probe<Name extends keyof Probes>(name: Name): Promise<ProbeAnswer<Probes[Name]>> {
      const answer = fake.probes?.[name] ?? PROBES[name];
      if (answer !== null && 'code' in answer) return { ok: false, error: answer };
      return { ok: true, value: answer as Probes[Name] };
    },
    health: async () => fake.health ?? { ok: true, value: { version: '0.1.0', roundTripsMs: [12, 14, 40] } },
  };
}
