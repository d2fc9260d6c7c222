/** How a device introduces itself to a gateway. */
import { hostname } from 'node:os';
import { VERSION } from '../core/process/version.ts';
import { type Hello, PROTOCOL_VERSION } from '../protocol/control.ts';
import { FEATURES } from '../protocol/features.ts';
import { languageOf, localeOf } from './locale.ts';
import { timeZoneOf } from './time-zone.ts';

export interface HelloOptions {
  /** The host's name if there is none. */
  name?: string | undefined;
  group?: string | undefined;
  framesPerPacket: number;
  bufferMs: number;
  /** Its owner allows it to be pressed from afar. */
  allowsRemotePress: boolean;
}

export function helloOf({
  name = hostname(),
  group,
  framesPerPacket,
  bufferMs,
  allowsRemotePress,
}: HelloOptions): Hello {
  return {
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    device: { name, model: `${process.platform}-${process.arch}`, software: `earshot ${VERSION}` },
    ...(group !== undefined && { group }),
    locale: localeOf(languageOf(process.env), { timeZone: timeZoneOf(process.env) }),
    audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket },
    playback: { bufferMs },
    features: Object.keys(FEATURES).filter((feature) => feature !== 'press' || allowsRemotePress),
  };
}
