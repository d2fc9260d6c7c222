/**
 * The entities of a device in Home Assistant: its speaker as a media player, and what it does as a sensor. Both show what the gateway knows.
 */
import { FORMAT_FOR_ANNOUNCEMENTS, MEDIA_FEATURES, MEDIA_STATES } from '../../core/esphome/messages.ts';
import type { ApiConnection } from './api-connection.ts';

/** What a device does, as its gateway sees it. */
export type SatelliteState = 'idle' | 'listening' | 'processing' | 'responding' | 'announcing';

/** Numbers of the entities within a device. */
export const SPEAKER_KEY = 1;
const STATE_KEY = 2;

/** Home Assistant converts what it plays into the one format that is named here. */
const FORMAT = { format: 'wav', sampleRate: 16_000, channels: 1, sampleBytes: 2 };
const { volumeSet, volumeStep, playMedia, browse, announce } = MEDIA_FEATURES;

type Receiver = Pick<ApiConnection, 'send'>;

export function listEntities(to: Receiver): void {
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
  to.send('ListEntitiesDoneResponse');
}

const MEDIA_STATE: Record<SatelliteState, number> = {
  idle: MEDIA_STATES.idle,
  listening: MEDIA_STATES.idle,
  processing: MEDIA_STATES.idle,
  responding: MEDIA_STATES.playing,
  announcing: MEDIA_STATES.announcing,
};

export function sendStates(to: Receiver, state: SatelliteState, volumePercent: number): void {
  const speaker = { key: SPEAKER_KEY, state: MEDIA_STATE[state], volume: volumePercent / 100 };
  to.send('MediaPlayerStateResponse', { ...speaker, muted: false });
  to.send('TextSensorStateResponse', { key: STATE_KEY, state });
}
