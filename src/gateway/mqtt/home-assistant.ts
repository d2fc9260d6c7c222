/**
 * A device as Home Assistant knows it by MQTT discovery (home-assistant.io/integrations/mqtt: "Device discovery payload"). Pure.
 */
import { createHash } from 'node:crypto';
import { VERSION } from '../../core/process/version.ts';
import type { KnownFeature } from '../../protocol/features.ts';
import type { ControlAction, Muter } from '../../protocol/remote-control.ts';

/** All topics but those of discovery begin with it. */
export const BASE = 'earshot';
/** Whether this bridge runs. */
export const STATUS = { topic: `${BASE}/status`, online: 'online', offline: 'offline' } as const;
/** The states of the conversation (docs/machines.md). */
const STATES = ['idle', 'recording', 'streaming', 'processing', 'receiving', 'playing', 'error'] as const;
/** Without a setting the device plays as loud as recorded. */
const DEFAULT_VOLUME_PERCENT = 100;

/** What is published of a device. */
export interface PublishedDevice {
  name: string;
  model?: string | undefined;
  software?: string | undefined;
  isOnline: boolean;
  state?: (typeof STATES)[number] | undefined;
  settings: { volumePercent?: number | undefined };
  /** What it can do beyond the first version of the protocol. */
  features?: readonly string[] | undefined;
  mutedBy?: Muter | undefined;
}

export type MqttCommand =
  | { device: string; volumePercent: number }
  | { device: string; say: string }
  | { device: string; control: ControlAction };

const can = ({ features = [] }: PublishedDevice, feature: KnownFeature) => features.includes(feature);

/**
 * The name of a device as a part of a topic: letters, digits, `_` and `-` (Home Assistant's rule). Other names are made one, with a digest
 * that tells them apart.
 */
export function slugOf(name: string): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name
    .replaceAll(/[^a-zA-Z0-9_]+/g, '-')
    .slice(0, 55)
    .replace(/-$/, '')}-${digest}`;
}

const topicsOf = (slug: string) => ({
  discovery: `homeassistant/device/earshot_${slug}/config`,
  availability: `${BASE}/${slug}/availability`,
  state: `${BASE}/${slug}/state`,
  volume: `${BASE}/${slug}/volume`,
  mute: `${BASE}/${slug}/mute`,
});

/** The topics that bring commands, and those that tell which devices were published before. */
export const SUBSCRIPTIONS = ['volume/set', 'say', 'mute/set', 'press', 'availability'].map(
  (what) => `${BASE}/+/${what}`,
);

/** Payloads by topic; all are retained. */
export function payloadsOf(device: PublishedDevice): Record<string, string> {
  const topics = topicsOf(slugOf(device.name));
  return {
    [topics.availability]: device.isOnline ? 'online' : 'offline',
    [topics.state]: device.state ?? 'idle',
    [topics.volume]: String(device.settings.volumePercent ?? DEFAULT_VOLUME_PERCENT),
    ...(can(device, 'mute') && { [topics.mute]: device.mutedBy ? 'ON' : 'OFF' }),
    // Last: Home Assistant reads the others when it hears of the device.
    [topics.discovery]: JSON.stringify(discoveryOf(device)),
  };
}

/** Removes a device at the broker and in Home Assistant. */
export function withdrawalOf(slug: string): Record<string, string> {
  const { discovery, ...others } = topicsOf(slug);
  return Object.fromEntries([discovery, ...Object.values(others)].map((topic) => [topic, '']));
}

function discoveryOf(device: PublishedDevice) {
  const { name, model, software } = device;
  const slug = slugOf(name);
  const { availability, state, volume, mute } = topicsOf(slug);
  const id = `earshot_${slug}`;
  const shared = {
    availability: [{ topic: STATUS.topic }, { topic: availability }],
    availability_mode: 'all',
    qos: 1,
  };
  return {
    device: {
      identifiers: [id],
      name,
      manufacturer: 'Earshot',
      ...(model !== undefined && { model }),
      ...(software !== undefined && { sw_version: software }),
    },
    origin: { name: 'Earshot', sw_version: VERSION },
    components: {
      state: {
        ...{ platform: 'sensor', unique_id: `${id}_state`, name: 'State', icon: 'mdi:account-voice' },
        ...{ device_class: 'enum', options: STATES, state_topic: state, ...shared },
      },
      volume: {
        ...{ platform: 'number', unique_id: `${id}_volume`, name: 'Volume', icon: 'mdi:volume-high' },
        ...{ min: 0, max: 100, step: 1, unit_of_measurement: '%', mode: 'slider' },
        ...{ state_topic: volume, command_topic: `${volume}/set`, ...shared },
      },
      say: {
        ...{ platform: 'notify', unique_id: `${id}_say`, name: 'Say', icon: 'mdi:bullhorn' },
        ...{ command_topic: `${BASE}/${slug}/say`, ...shared },
      },
      // What the device does not allow is not there; one that was, is removed (an entry with its platform alone).
      mute: can(device, 'mute')
        ? {
            ...{ platform: 'switch', unique_id: `${id}_mute`, name: 'Mute', icon: 'mdi:microphone-off' },
            ...{ state_topic: mute, command_topic: `${mute}/set`, ...shared },
          }
        : { platform: 'switch' },
      press: can(device, 'press')
        ? {
            ...{ platform: 'button', unique_id: `${id}_press`, name: 'Press', icon: 'mdi:gesture-tap-button' },
            ...{ command_topic: `${BASE}/${slug}/press`, payload_press: 'press', ...shared },
          }
        : { platform: 'button' },
    },
  };
}

/** Payloads of the topic `press`. */
const PRESSES = ['press', 'release', 'cancel'] as const;

/** Undefined for a topic that is no command; a message why not for one that cannot be done. @param names of the devices, by slug */
export function readCommand(
  topic: string,
  payload: string,
  names: ReadonlyMap<string, string>,
): MqttCommand | string | undefined {
  const [, slug = '', what = ''] = /^earshot\/([^/]+)\/(volume\/set|say|mute\/set|press)$/.exec(topic) ?? [];
  if (what === '') return undefined;
  const device = names.get(slug);
  if (device === undefined) return 'there is no such device';
  if (what === 'say') return payload.trim() === '' ? 'there is nothing to say' : { device, say: payload };
  if (what === 'mute/set') {
    if (payload !== 'ON' && payload !== 'OFF') return 'mute is ON or OFF';
    return { device, control: payload === 'ON' ? 'mute' : 'unmute' };
  }
  if (what === 'press') {
    const action = PRESSES.find((each) => each === payload);
    return action ? { device, control: action } : `a press is ${PRESSES.join(', ')}`;
  }
  const percent = /^\d{1,3}(\.\d{1,6})?$/.test(payload) ? Math.round(Number(payload)) : Number.NaN;
  return percent >= 0 && percent <= 100 ? { device, volumePercent: percent } : 'a volume is a number from 0 to 100';
}

/** The slug of a device whose availability this is. */
export function publishedBefore(topic: string): string | undefined {
  return /^earshot\/([^/]+)\/availability$/.exec(topic)?.[1];
}
