import type { DeviceMetrics, Latencies, PlaybackReport, Settings } from '../../protocol/control.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, device, error, id, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** What a device says that it is; for people. */
export interface DeviceMake {
  model?: string;
  software?: string;
}
export interface DeviceAttached extends DeviceMake {
  device: string;
  bufferMs: number;
  /** It goes on with the current turn. */
  resumed: boolean;
}

/** The gateway's end of the connection to one device. It outlives the WebSocket: a device that reconnects resumes its turn. */
export const deviceConnectionContract = contract('deviceConnection', {
  receives: {
    'device.welcome': event('answer the hello', { session: '', resumed: false }),
    'device.processing': event<{ turn: number; transcript?: string }>('say that the turn is being worked on', { turn }),
    'device.reply': event<{ turn: number; text?: string }>('say that a reply begins', { turn }),
    'device.done': event('say that the turn is finished', { turn, id }),
    'device.refuse': event('say what was wrong', { turn, error, retryable: true }),
    'device.flush': event('drop what is still to be sent of a reply', { turn }),
    'device.settings': event<{ settings: Settings }>('pass on what the operator has changed', { settings: {} }),
    'device.close': event('close the connection', { code: 1_001, reason: '' }),
  },
  sends: {
    'device.attached': event<DeviceAttached>('the device is connected, or again', {
      device,
      bufferMs: 600,
      resumed: false,
    }),
    'device.detached': event('its connection is gone', { code: 1_006, reason: '' }),
    'device.turn': event<TurnStart & { turn: number; offline: boolean }>('a turn begins', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
      offline: false,
    }),
    'device.abort': event('the device gave the turn up', { turn, reason: 'cancelled' }),
    'device.final': event('the FINAL packet came: all of the turn is here', { turn, frames: 50 }),
    'device.overrun': event('the turn is more than a limit allows: sent again, it would be, too', { turn, error }),
    'device.stored': event('the utterance is kept durably', { turn }),
    'device.replied': event('the last packet of the reply was sent', { turn, frames: 50 }),
    'device.playback': event<PlaybackReport>('what the speaker did with the reply', {
      turn,
      event: 'started',
      playedMs: 0,
    }),
    'turn.latencies': event<{ id: string; latencyMs: Latencies }>(
      'what each stage of a turn took, as the device measured',
      {
        id,
        latencyMs: {},
      },
    ),
    'device.metrics': event<{ metrics: DeviceMetrics }>('metrics of the device, once a minute', { metrics: {} }),
  },
});
export type DeviceConnectionContract = TypesOf<typeof deviceConnectionContract>;
