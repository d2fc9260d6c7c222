/**
 * The messages between the main thread and the audio thread: plain data over one MessagePort.
 */
import type { Earcon } from '../../../actors/earcons/earcons.ts';
import type { AudioAddress } from '../../../actors/sound/backend.ts';
import type { AudioLevels, AudioMetrics, AudioQueueMetrics } from '../../core/actor/audio-metrics.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../core/actor/data-plane.ts';
import type { ErrorInfo } from '../../core/errors.ts';
import type { LogEntry } from '../../core/log/log.ts';

export type AudioActorName = 'listener' | 'capture' | 'encoder' | 'player';

/**
 * The jitter buffer: Earshot's own for replies that are sent ahead of real time (`adaptive`) or for live audio
 * (`live`), or the specification's (`fixed`).
 */
export const PLAYBACK_POLICIES = ['adaptive', 'live', 'fixed'] as const;
export type PlaybackPolicy = (typeof PLAYBACK_POLICIES)[number];

/** Whether reports of the link change the encoder's settings, or the specification's settings stay. */
export const ENCODER_POLICIES = ['adaptive', 'fixed'] as const;
export type EncoderPolicy = (typeof ENCODER_POLICIES)[number];

/** Whether the audio actors have their own thread, or share the main thread with the machines and the socket. */
export const THREADS = ['two', 'one'] as const;
export type Threads = (typeof THREADS)[number];

/** Which wake word engine hears the wake word (actors/wake/engines.ts), and where its models are. */
export interface WakeWordSettings {
  engine: string;
  modelsFolder: string;
}

/** All settings of the audio thread. */
export interface AudioThreadSettings {
  microphone: AudioAddress;
  speaker: AudioAddress;
  framesPerPacket: number;
  playback: PlaybackPolicy;
  encoder: EncoderPolicy;
  /** Effort of the encoder, 0 to 10. */
  complexity: number;
  wakeWord?: WakeWordSettings | undefined;
  /** `auto`, `none`, or the name of an echo canceller (actors/echo/providers). */
  echoCanceller: string;
  /** Report queues, the jitter buffer and levels twice a second in one message, for the inspector. */
  metrics?: boolean;
}

/** Settings that can be changed while it runs; absent ones stay unchanged. */
export interface SoundSettings {
  volumePercent?: number;
  /** Bits per second of the encoder. */
  bitrate?: number;
  /** Nothing can open the microphone. */
  muted?: boolean;
  /** Report levels about ten times a second, for meters. */
  meters?: boolean;
}

/** For the actors of the thread. */
export type ActorMessage =
  | { kind: 'start'; actor: AudioActorName }
  | { kind: 'command'; actor: AudioActorName; event: { type: string } }
  | { kind: 'stop'; actor: AudioActorName }
  | { kind: 'downlink'; packet: DownlinkPacket }
  | { kind: 'receiver-report'; report: ReceiverReport };

export type ToAudioThread =
  | ActorMessage
  | { kind: 'configure'; sound: SoundSettings }
  /** Undefined: those that play end. */
  | { kind: 'earcon'; name: Earcon | undefined }
  /** The current metrics: requested while an observer is attached. */
  | { kind: 'measure' }
  /** Nobody talks, and nothing is played. */
  | { kind: 'collect-garbage' }
  | { kind: 'close' };

/** From the actors of the thread. */
export type ActorReport =
  | { kind: 'edge'; actor: AudioActorName; event: { type: string } }
  | { kind: 'crash'; actor: AudioActorName; error: ErrorInfo }
  | { kind: 'uplink'; packet: UplinkPacket }
  /** Written by the main thread, which owns the terminal. */
  | { kind: 'log'; entry: LogEntry };

export type FromAudioThread =
  | ActorReport
  | { kind: 'levels'; levels: AudioLevels }
  | { kind: 'queueMetrics'; metrics: AudioQueueMetrics }
  | { kind: 'metrics'; metrics: AudioMetrics };
