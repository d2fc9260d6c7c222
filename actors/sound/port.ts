/**
 * The port to sound: what capture and playback ask of a microphone and a speaker, whether card, file or silence.
 *
 * A device runs in the scope of who opens it: its timers and promises are made there, so that what throws in one of them, or
 * in a handler that it calls, crashes that actor and nothing else.
 *
 * Samples are s16 at 16 kHz mono on this side of the port, whatever the device has on the other.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';

export interface MicrophoneHandlers {
  /** A block of any length. The samples are only lent for the call. `lastSampleAtMs`: when its last sample was captured. */
  onSamples(samples: Int16Array, lastSampleAtMs: number): void;
  /** A file has been read to its end. Nothing follows. */
  onEnd(): void;
  /** The card dropped samples because nobody took them in time. */
  onOverflow(): void;
  /** The device disappeared or stopped delivering (noticed within 2 s). It is closed; open another. */
  onLost(error: EarshotError): void;
}

export interface Microphone {
  /** Name for people. */
  readonly device: string;
  /** Stops at once: no handler is called any more. Never blocks, also on a card that is gone. */
  close(): void;
}

/** @throws EarshotError (by rejection) when the device is not there or cannot be opened. */
export type OpenMicrophone = (handlers: MicrophoneHandlers, scope: Scope) => Promise<Microphone>;

export interface SpeakerHandlers {
  /**
   * The device wants sound that is due at `dueAtMs`, and will play what is in the block when the call returns: its demand is the
   * playback clock. The block is silence, 10 ms or a multiple of it, and only lent for the call.
   *
   * Returns how many samples were filled in, at least one: fewer than all where the rest may still come in time. The rest is asked
   * for when these have been played, or at once by a device that needs whole blocks.
   */
  onDemand(block: Int16Array, dueAtMs: number): number;
  /** Whether the 10 ms that are due then can be given already. A card takes as much as it can get; without this, 10 ms. */
  isReady?(dueAtMs: number): boolean;
  /** The card ran out of samples: a hole was heard. */
  onUnderflow(): void;
  onLost(error: EarshotError): void;
}

export interface Speaker {
  readonly device: string;
  /** From the moment at which a sample is due until it is heard; 0 for a file. */
  readonly outputLatencyMs: number;
  /** How long before a card would run dry it is given sound ({@link WakeGuard}); undefined where nothing runs dry. */
  readonly guardMs?: number;
  /** There is more than at the last demand: a card looks whether it is ready. */
  offer?(): void;
  /** Stops at once; what was handed over and not yet heard may be lost. Never blocks. */
  close(): void;
}

/** @throws EarshotError (by rejection) when the device is not there or cannot be opened. */
export type OpenSpeaker = (handlers: SpeakerHandlers, scope: Scope) => Promise<Speaker>;
