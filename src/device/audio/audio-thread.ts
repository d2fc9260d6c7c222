/**
 * What the main thread and the audio thread say to each other. Plain data over one MessagePort.
 */
import type { AudioAddress } from '../../../actors/sound/backend.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../core/actor/data-plane.ts';
import type { QueueMetrics } from '../../core/actor/queue-metrics.ts';
import type { ErrorInfo } from '../../core/errors.ts';
import type { LogEntry } from '../../core/log/log.ts';

export type AudioActorName = 'capture' | 'encoder' | 'player';

/**
 * Which jitter buffer plays: Earshot's own for replies that are sent ahead of real time (`adaptive`) or for sound that is as
 * old as it arrives (`live`), or the specification's (`fixed`).
 */
export const PLAYBACK_POLICIES = ['adaptive', 'live', 'fixed'] as const;
export type PlaybackPolicy = (typeof PLAYBACK_POLICIES)[number];

/** Whether the link's reports set the encoder, or the specification's settings hold whatever becomes of it. */
export const ENCODER_POLICIES = ['adaptive', 'fixed'] as const;
export type EncoderPolicy = (typeof ENCODER_POLICIES)[number];

/** Whether the audible actors have a thread of their own, or share the main one with the machines and the socket. */
export const THREADS = ['two', 'one'] as const;
export type Threads = (typeof THREADS)[number];

/** Everything the audio thread needs to know to put itself together. */
export interface AudioThreadSettings {
  microphone: AudioAddress;
  speaker: AudioAddress;
  framesPerPacket: number;
  playback: PlaybackPolicy;
  encoder: EncoderPolicy;
  /** Effort of the encoder, 0 to 10. */
  complexity: number;
  /** Report levels about ten times a second, for meters. */
  meters: boolean;
  /** Report queues, the jitter buffer and levels twice a second in one message, for the inspector. */
  figures?: boolean;
}

/** What can be changed while it runs; what is not there is as it was. */
export interface SoundSettings {
  volumePercent?: number;
  /** Bits a second of the encoder. */
  bitrate?: number;
}

export type ToAudioThread =
  | { kind: 'start'; actor: AudioActorName }
  | { kind: 'command'; actor: AudioActorName; event: { type: string } }
  | { kind: 'stop'; actor: AudioActorName }
  | { kind: 'downlink'; packet: DownlinkPacket }
  | { kind: 'heard'; report: ReceiverReport }
  | { kind: 'configure'; sound: SoundSettings }
  /** What is measured now: asked while somebody watches. */
  | { kind: 'measure' }
  | { kind: 'close' };

export type FromAudioThread =
  | { kind: 'edge'; actor: AudioActorName; event: { type: string } }
  | { kind: 'crash'; actor: AudioActorName; error: ErrorInfo }
  | { kind: 'uplink'; packet: UplinkPacket }
  /** Written by the main thread, which knows what is on the terminal. */
  | { kind: 'log'; entry: LogEntry }
  | { kind: 'levels'; levels: AudioLevels }
  | { kind: 'measured'; figures: MeasuredFigures }
  | { kind: 'figures'; figures: AudioFigures };

/** Root mean square and peak since the last report, in dB of full scale. */
export interface AudioLevels {
  microphone?: { rmsDb: number; peakDb: number };
  speaker?: { rmsDb: number; peakDb: number };
}

export type TimedLevels = AudioLevels & { atMs: number };

/** What the audio thread says of itself when it is asked. */
export interface MeasuredFigures {
  queues: QueueMetrics[];
  /** How long before it would run dry the card is given sound (actors/sound/wake-guard.ts); undefined where nothing runs dry. */
  guardMs?: number;
}

/** What the audio thread says of itself while somebody inspects. */
export interface AudioFigures extends MeasuredFigures {
  /** Since the last figures, oldest first. */
  levels: TimedLevels[];
  /** Of the reply that is played, or was last. */
  playback?: PlaybackFigures;
}

export interface PlaybackFigures {
  bufferedMs: number;
  /** Its delay now, and what it aims at. */
  delayMs: number;
  targetMs: number;
  concealedMs: number;
  playedMs: number;
  underruns: number;
  lateFrames: number;
  droppedFrames: number;
}
