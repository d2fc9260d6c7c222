/**
 * The entities of a device in Home Assistant: its speaker as a media player, what it does as a sensor, and where the device allows it a switch that mutes it and a button
 * that presses it. All show what the gateway knows.
 */
import { FORMAT_FOR_ANNOUNCEMENTS, MEDIA_FEATURES, MEDIA_STATES } from '../../core/esphome/messages.ts';
import type { KnownFeature } from '../../protocol/features.ts';
import type { ApiConnection } from './api-connection.ts';

/** What a device does, as its gateway sees it. */
export type SatelliteState = 'idle' | 'listening' | 'processing' | 'responding' | 'announcing';

/** What the entities show. */
export interface ShownState {
  state: SatelliteState;
  volumePercent: number;
  muted: boolean;
}

/** Numbers of the entities within a device. */
export const SPEAKER_KEY = 1;
const STATE_KEY = 2;
export const MUTE_KEY = 3;
export const BUTTON_KEY = 4;

/** Home Assistant converts what it plays into the one format that is named here. */
const FORMAT = { format: 'wav', sampleRate: 16_000, channels: 1, sampleBytes: 2 };
const { volumeSet, volumeStep, playMedia, browse, announce } = MEDIA_FEATURES;

type Receiver = Pick<ApiConnection, 'send'>;
/** What the device can do beyond the first version of the protocol. */
type Can = (feature: KnownFeature) => boolean;

export function listEntities(to: Receiver, can: Can): void {
  to.send('ListEntitiesMediaPlayerResponse', {
    ...{ objectId: 'speaker', key: SPEAKER_KEY, name: 'Speaker', icon: 'mdi:speaker' },
    supportedFormats: [
      { ...FORMAT, purpose: 0 },
      { ...FORMAT, purpose: FORMAT_FOR_ANNOUNCEMENTS },
    ],
    featureFlags: volumeSet | volumeStep | playMedia | browse | announce,
  });
  to.send('ListEntitiesTextSensorResponse', {
    ...{ objectId: 'state', key: STATE_KEY, name: 'State', icon: 'mdi:account-voice' },
  });
  if (can('mute')) {
    to.send('ListEntitiesSwitchResponse', {
      ...{ objectId: 'mute', key: MUTE_KEY, name: 'Mute', icon: 'mdi:microphone-off' },
    });
  }
  if (can('press')) {
    to.send('ListEntitiesButtonResponse', {
      ...{ objectId: 'press', key: BUTTON_KEY, name: 'Press', icon: 'mdi:gesture-tap-button' },
    });
  }
  to.send('ListEntitiesDoneResponse');
}

const MEDIA_STATE: Record<SatelliteState, number> = {
  idle: MEDIA_STATES.idle,
  listening: MEDIA_STATES.idle,
  processing: MEDIA_STATES.idle,
  responding: MEDIA_STATES.playing,
  announcing: MEDIA_STATES.announcing,
};

export function sendStates(to: Receiver, { state, volumePercent, muted }: ShownState, can: Can): void {
  const speaker = { key: SPEAKER_KEY, state: MEDIA_STATE[state], volume: volumePercent / 100 };
  // Of the loudspeaker, which is never mute.
  to.send('MediaPlayerStateResponse', { ...speaker, muted: false });
  to.send('TextSensorStateResponse', { key: STATE_KEY, state });
  if (can('mute')) to.send('SwitchStateResponse', { key: MUTE_KEY, state: muted });
}
