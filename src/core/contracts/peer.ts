import type { Latencies, PlaybackReport, Report, Settings } from '../../protocol/control.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, device, error, id, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** What a device says that it is; for people. */
export interface DeviceMake {
  model?: string;
  software?: string;
}
export interface PeerAttached extends DeviceMake {
  device: string;
  bufferMs: number;
  /** It goes on with the current turn. */
  resumed: boolean;
}

/** The gateway's end of one device's line. */
export const peerContract = contract('peer', {
  receives: {
    'peer.welcome': event('answer the hello', { session: '', resumed: false }),
    'peer.processing': event<{ turn: number; transcript?: string }>('say that the turn is being worked on', { turn }),
    'peer.reply': event<{ turn: number; text?: string }>('say that a reply begins', { turn }),
    'peer.done': event('say that the turn is finished', { turn, id }),
    'peer.refuse': event('say what was wrong', { turn, error, retryable: true }),
    'peer.flush': event('drop what is still to be sent of a reply', { turn }),
    'peer.settings': event<{ settings: Settings }>('pass on what the operator has changed', { settings: {} }),
    'peer.close': event('close the connection', { code: 1_001, reason: '' }),
  },
  sends: {
    'peer.attached': event<PeerAttached>('the device is connected, or again', {
      device,
      bufferMs: 600,
      resumed: false,
    }),
    'peer.detached': event('its connection is gone', { code: 1_006, reason: '' }),
    'peer.turn': event<TurnStart & { turn: number; offline: boolean }>('a turn begins', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
      offline: false,
    }),
    'peer.abort': event('the device gave the turn up', { turn, reason: 'cancelled' }),
    'peer.final': event('the FINAL packet came: all of the turn is here', { turn, frames: 50 }),
    'peer.overrun': event('the turn is more than a limit allows: sent again, it would be, too', { turn, error }),
    'peer.stored': event('the utterance is kept durably', { turn }),
    'peer.replied': event('the last packet of the reply was sent', { turn, frames: 50 }),
    'peer.playback': event<PlaybackReport>('what the speaker did with the reply', {
      turn,
      event: 'started',
      playedMs: 0,
    }),
    'peer.figures': event<{ id: string; latencyMs: Latencies }>('what a turn took, as the device knows it', {
      id,
      latencyMs: {},
    }),
    'peer.report': event<{ figures: Report }>('figures of the device itself', { figures: {} }),
  },
});
export type PeerContract = TypesOf<typeof peerContract>;
