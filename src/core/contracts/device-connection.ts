import type {
  AnnouncementMessage,
  DeclineReason,
  DeviceMetrics,
  Latencies,
  MuteReport,
  PlaybackReport,
  ReminderReport,
  RemindersMessage,
  Settings,
} from '../../protocol/control.ts';
import type { EndReason } from '../../protocol/listening.ts';
import type { ControlAction } from '../../protocol/remote-control.ts';
import { contract, event, type TypesOf } from './contract.ts';
import type { AnswerStage } from './responder.ts';
import { atMs, device, error, id, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** What a device says about itself; for people. */
export interface DeviceMake {
  model?: string;
  software?: string;
}
export interface DeviceAttached extends DeviceMake {
  device: string;
  bufferMs: number;
  /** It resumes the current turn. */
  resumed: boolean;
  /** What it can do beyond the first version of the protocol. */
  features?: readonly string[];
  /** Of devices within earshot of each other. */
  group?: string;
}

/** The gateway's end of the connection to one device. It outlives the WebSocket: a device that reconnects resumes its turn. */
export const deviceConnectionContract = contract('deviceConnection', {
  receives: {
    'device.goaway': event('ask it to connect elsewhere between turns, spread over so long', {
      afterMs: 30_000,
      spreadMs: 10,
    }),
    'device.welcome': event('answer the hello', { session: '', resumed: false }),
    'device.partial': event('report what was recognised so far', { turn, text: 'what time' }),
    'device.hold': event('the sentence is probably not finished: tell a device that listens', { turn, holdMs: 800 }),
    'device.end': event<{ turn: number; reason: EndReason }>(
      'the utterance is over, or there was no speech in it: tell a device that listens',
      { turn, reason: 'finished' },
    ),
    'device.processing': event<{ turn: number; transcript?: string }>('report that the turn is being processed', {
      turn,
    }),
    'device.reply': event<{ turn: number; text?: string }>('report that a reply begins', { turn }),
    'device.caption': event('send a caption', { turn, text: 'Half past ten.', fromMs: 0 }),
    'device.stage': event<{ turn: number; stage: AnswerStage; atMs: number }>('note how far the answer has come', {
      turn,
      stage: 'transcribed',
      atMs,
    }),
    /** `asks`: the reply asks the person something. */
    'device.done': event<{ turn: number; id: string; asks?: boolean }>('report that the turn is finished', {
      turn,
      id,
    }),
    'device.refuse': event('report what was wrong', { turn, error, retryable: true }),
    'device.flush': event('discard the rest of a reply', { turn }),
    'device.settings': event<{ settings: Settings }>('send the settings that the operator has changed', {
      settings: {},
    }),
    'device.control': event<{ action: ControlAction }>('have the device do this, if it has the feature for it', {
      action: 'mute',
    }),
    'device.say': event<AnnouncementMessage>('offer an announcement', {
      id,
      text: 'Dinner is ready',
      priority: 'normal',
      expiresInMs: 600_000,
    }),
    'device.unsay': event('the announcement is not wanted any more', { id }),
    'device.reminders': event<{ reminders: RemindersMessage['reminders'] }>('send all reminders of the device', {
      reminders: [],
    }),
    'device.close': event('close the connection', { code: 1_001, reason: '' }),
  },
  sends: {
    'device.attached': event<DeviceAttached>('the device is connected or reconnected', {
      device,
      bufferMs: 600,
      resumed: false,
    }),
    'device.detached': event('the connection is lost', { code: 1_006, reason: '' }),
    'device.turn': event<
      TurnStart & { turn: number; offline: boolean; announcement?: string; traceparent?: string; wakeWord?: string }
    >('a turn begins', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
      offline: false,
    }),
    'device.abort': event('the device has aborted the turn', { turn, reason: 'cancelled' }),
    'device.final': event('the FINAL packet arrived: the utterance is complete', { turn, frames: 50 }),
    'device.overrun': event('the turn exceeds a limit; sent again, it would exceed it again', { turn, error }),
    'device.stored': event('the utterance is stored durably', { turn }),
    'device.replied': event('the last packet of the reply was sent', { turn, frames: 50 }),
    'device.playback': event<PlaybackReport>('how the playback of the reply goes', {
      turn,
      event: 'started',
      playedMs: 0,
    }),
    'turn.latencies': event<{ id: string; latencyMs: Latencies }>(
      'the latency of each stage of a turn, as measured by the device',
      {
        id,
        latencyMs: {},
      },
    ),
    'device.declined': event<{ id: string; reason: DeclineReason }>('the device does not take an announcement', {
      id,
      reason: 'quiet-hours',
    }),
    'device.mute': event<MuteReport>('whether its microphone is muted', { muted: false }),
    'device.rang': event<ReminderReport>('a reminder has rung', { id, outcome: 'stopped', lateMs: 0 }),
    'device.metrics': event<{ metrics: DeviceMetrics }>('metrics of the device, once a minute', { metrics: {} }),
  },
});
export type DeviceConnectionContract = TypesOf<typeof deviceConnectionContract>;
