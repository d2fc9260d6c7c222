/**
 * The messages between the page and its audio worklet: those of the audio thread of a device (src/device/audio/audio-thread.ts), and
 * what only a browser has.
 */
import type { AudioLevels } from '../../../core/actor/audio-metrics.ts';
import type { ErrorInfo } from '../../../core/errors.ts';
import type { ActorMessage, ActorReport, SoundSettings } from '../../../device/audio/audio-thread.ts';

/** How the worklet is created. */
export interface WorkletSettings {
  /** opus.wasm. Bytes, because Safari does not clone a `WebAssembly.Module`. */
  opus: ArrayBuffer;
  framesPerPacket: number;
  playback: 'adaptive' | 'live';
  /** Whether the browser removes the echo of the speaker from the microphone: then speech over a reply interrupts it. */
  removesEcho: boolean;
}

export type ToWorklet =
  | ActorMessage
  | { kind: 'configure'; sound: Pick<SoundSettings, 'volumePercent' | 'bitrate' | 'muted'> }
  /** A microphone is connected, or another one. `latencyMs`: from the sound until the worklet has it, as far as it is known. */
  | { kind: 'microphone'; device: string; latencyMs: number }
  | { kind: 'microphone-lost'; error: ErrorInfo }
  | { kind: 'output-latency'; ms: number }
  /** The answer to `voice-detector-needed`: voice.wasm. Undefined: it could not be loaded. */
  | { kind: 'voice-detector'; module: ArrayBuffer | undefined }
  | { kind: 'close' };

/** With the time of the page's monotonic clock, by which the worklet sets its own. */
export type TimedMessage = ToWorklet & { sentAtMs: number };

export type FromWorklet = (
  | ActorReport
  /** Nothing else was to be told for a while. */
  | { kind: 'levels' }
  /** Speech is to be found for the first time. */
  | { kind: 'voice-detector-needed' }
) & {
  /** Since the last ones, 15 to 20 times a second, with whatever is told then: each message costs the page a task. A direction without sound is omitted. */
  levels?: AudioLevels;
};
