import type {
  DeviceMetrics,
  Latencies,
  MuteReport,
  PlaybackReport,
  ReplyTiming,
  Settings,
} from '../../protocol/control.ts';
import type { EndReason } from '../../protocol/listening.ts';
import type { ControlAction } from '../../protocol/remote-control.ts';
import type { ErrorInfo } from '../errors.ts';
import { announcementsContract, type OfferedAnnouncement } from './announcements.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { type ListedReminders, remindersContract } from './reminders.ts';
import { atMs, error, id, reason, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** `offline`: aborted on this connection only. The turn is stored, and delivered when the link is up again. */
export type AbortReason = 'barge-in' | 'cancelled' | 'error' | 'offline';
/** The gateway's times of a turn on the device's monotonic clock. */
export interface TurnTiming extends ReplyTiming {
  /** When the first packet of the reply arrived here. */
  firstReplyArrivedAtMs?: number;
}

/** The socket to the gateway. */
export const networkContract = contract('network', {
  receives: {
    'network.connect': event('open the WebSocket and send `hello`'),
    'network.close': event('send `bye` and close', { reason }),
    'device.metrics': event<{ metrics: DeviceMetrics }>('send the metrics of the device, once a minute', {
      metrics: {},
    }),
    'device.mute': event<MuteReport>('tell whether the microphone is muted', { muted: false }),
    'turn.start': event<TurnStart & { turn: number; announcement?: string }>('a turn begins', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
    }),
    'turn.abort': event<{ turn: number; reason: AbortReason }>('the turn is aborted', { turn, reason: 'cancelled' }),
    'turn.playback': event<PlaybackReport>('how the playback of the reply goes', {
      turn,
      event: 'started',
      playedMs: 0,
    }),
    'say.declined': announcementsContract.sends['say.declined'],
    'reminder.rang': remindersContract.sends['reminder.rang'],
    'turn.latencies': event<{ id: string; latencyMs: Latencies }>('the latency of each stage, after the turn', {
      id,
      latencyMs: {},
    }),
  },
  sends: {
    'network.opened': event('the gateway has sent `welcome`', { session: '' }),
    'network.moved': event('the device goes on at another gateway: its connection was replaced without a break', {
      session: '',
    }),
    'network.closed': event<{ error: ErrorInfo; retryable: boolean; jitter: number }>(
      'there is no connection; `jitter` is random in 0…1: the link adds so much of it to its backoff',
      { error, retryable: true, jitter: 0.5 },
    ),
    'network.roundTrip': event('round-trip time, clock offset, and the backlog of the socket', {
      roundTripMs: 50,
      clockOffsetMs: 0,
      backlogMs: 0,
    }),
    'network.available': event('the operating system reports a network'),
    'network.pairing': event('the gateway does not know this device; the operator has to approve the code', {
      code: '123456',
      expiresAtMs: atMs,
    }),
    'settings.changed': event<{ settings: Settings }>('the cloud changed a setting', { settings: {} }),
    'control.received': event<{ action: ControlAction }>('somebody who is not beside the device wants it to do this', {
      action: 'mute',
    }),
    'say.offered': event<OfferedAnnouncement>('the gateway has something to say', {
      id,
      text: '',
      priority: 'normal',
      endsAtMs: atMs,
    }),
    'reminders.listed': event<ListedReminders>('the reminders of this device', {
      now: 0,
      uptimeMs: 0,
      reminders: [],
    }),
    'uplink.started': event('the first packet of the turn was sent', { turn, atMs }),
    'uplink.finished': event('the last packet of the turn was sent', { turn, atMs, packets: 17, bytes: 3_000 }),
    'turn.partial': event('what was recognised so far', { turn, text: 'what time' }),
    'listen.hold': event('the sentence is probably not finished: do not end it within this time', {
      turn,
      holdMs: 800,
    }),
    'listen.end': event<{ turn: number; reason: EndReason }>('the utterance is over, or there was no speech in it', {
      turn,
      reason: 'finished',
    }),
    'turn.processing': event<{ turn: number; transcript?: string }>(
      'the whole turn has arrived; the reply is being prepared',
      { turn },
    ),
    'reply.started': event<{ turn: number; text?: string }>('a reply begins', { turn }),
    'reply.text': event('a caption: the words from this time of the reply on', {
      turn,
      text: 'Half past ten.',
      fromMs: 0,
    }),
    'reply.finished': event('the last packet of the reply arrived', { turn, frames: 50 }),
    /** `asks`: the reply asks the person something. */
    'turn.done': event<{ turn: number; timing?: TurnTiming; asks?: boolean }>('the gateway has finished the turn', {
      turn,
    }),
    'turn.refused': event('the gateway has refused the turn', { turn, error }),
    'turn.stored': event<{ id: string; cloud?: boolean }>('the turn is stored durably; the device may delete it', {
      id,
    }),
    'delivery.failed': event('a stored turn could not be delivered', { id, error, retryable: true }),
  },
});
export type NetworkContract = TypesOf<typeof networkContract>;
