import type { DeviceMetrics, Latencies, PlaybackReport, ReplyTiming, Settings } from '../../protocol/control.ts';
import type { ErrorInfo } from '../errors.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, error, id, reason, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** `offline`: given up for now only; it is kept, and delivered when there is a link again. */
export type AbortReason = 'barge-in' | 'cancelled' | 'error' | 'offline';
/** The gateway's times of a turn on the device's monotonic clock. */
export interface TurnTiming extends ReplyTiming {
  /** When the first packet of the reply arrived here. */
  firstReplyArrivedAtMs?: number;
}

/** The socket to the gateway. */
export const networkContract = contract('network', {
  receives: {
    'network.connect': event('open the WebSocket and say hello'),
    'network.close': event('say bye and close', { reason }),
    'device.metrics': event<{ metrics: DeviceMetrics }>('send the metrics of the device, once a minute', {
      metrics: {},
    }),
    'turn.start': event<TurnStart & { turn: number }>('a turn begins', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
    }),
    'turn.abort': event<{ turn: number; reason: AbortReason }>('a turn is given up', { turn, reason: 'cancelled' }),
    'turn.playback': event<PlaybackReport>('what the speaker did with the reply', {
      turn,
      event: 'started',
      playedMs: 0,
    }),
    'turn.latencies': event<{ id: string; latencyMs: Latencies }>('after the turn: what each stage took', {
      id,
      latencyMs: {},
    }),
  },
  sends: {
    'network.opened': event('the gateway said welcome', { session: '' }),
    'network.closed': event<{ error: ErrorInfo; retryable: boolean; spread: number }>(
      'there is no connection (any more); `spread` is random in 0…1: the link spreads its backoff by it',
      { error, retryable: true, spread: 0.5 },
    ),
    'network.roundTrip': event('round-trip time, clock offset and what waits in the socket', {
      roundTripMs: 50,
      clockOffsetMs: 0,
      backlogMs: 0,
    }),
    'network.available': event('the operating system says that there is a network again'),
    'network.pairing': event('the gateway does not know this device: the operator must approve the code', {
      code: '123456',
      expiresAtMs: atMs,
    }),
    'settings.changed': event<{ settings: Settings }>('the cloud changed a setting', { settings: {} }),
    'uplink.started': event('the first packet of the turn went out', { turn, atMs }),
    'uplink.finished': event('the last packet of the turn went out', { turn, atMs, packets: 17, bytes: 3_000 }),
    'turn.processing': event<{ turn: number; transcript?: string }>('the cloud has all of it and thinks', { turn }),
    'reply.started': event<{ turn: number; text?: string }>('a reply begins', { turn }),
    'reply.finished': event('the last packet of the reply arrived', { turn, frames: 50 }),
    'turn.done': event<{ turn: number; timing?: TurnTiming }>('the cloud has finished with the turn', { turn }),
    'turn.refused': event('the cloud gave the turn up', { turn, error }),
    'turn.stored': event<{ id: string; cloud?: boolean }>(
      'the cloud has all of the turn, durably: the device may forget it',
      { id },
    ),
    'delivery.failed': event('a stored turn could not be delivered', { id, error, retryable: true }),
  },
});
export type NetworkContract = TypesOf<typeof networkContract>;
