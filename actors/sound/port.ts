/**
 * The interfaces of microphones and speakers that capture and playback use, for cards, files and silence.
 *
 * A device runs in the scope of the actor that opened it: its timers and promises belong to it, so an exception in one
 * of them, or in a handler, crashes only that actor.
 *
 * Samples are s16 at 16 kHz mono in this interface, whatever format the device has.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';

export interface MicrophoneHandlers {
  /**
   * A block of any length. The samples are valid during the call only. `lastSampleAtMs`: when its last sample was
   * captured.
   */
  onSamples(samples: Int16Array, lastSampleAtMs: number): void;
  /** A file has been read to its end. Nothing follows. */
  onEnd(): void;
  /** The card dropped samples because they were not read in time. */
  onOverflow(): void;
  /** The device disappeared or stopped delivering (detected within 2 s). It is closed; open another. */
  onLost(error: EarshotError): void;
}

export interface Microphone {
  /** Name for people. */
  readonly device: string;
  /** Stops at once: no handler is called any more. Never blocks, even on a lost card. */
  close(): void;
}

/** @throws EarshotError (by rejection) when the device is not there or cannot be opened. */
export type OpenMicrophone = (handlers: MicrophoneHandlers, scope: Scope) => Promise<Microphone>;

export interface SpeakerHandlers {
  /**
   * The device needs samples that are due at `dueAtMs`, and plays what the block contains when the call returns: its
   * demand is the playback clock. The block is silence, 10 ms or a multiple of it, and valid during the call only.
   *
   * Returns how many samples were filled in, at least one: fewer than all when the rest may still arrive in time. The
   * rest is requested when these were played, or at once by a device that needs whole blocks.
   */
  onDemand(block: Int16Array, dueAtMs: number): number;
  /**
   * Whether the 10 ms that are due then can be given already. A card takes as much as is ready; without this method, 10
   * ms.
   */
  isReady?(dueAtMs: number): boolean;
  /** The card ran out of samples: there was an audible gap. */
  onUnderflow(): void;
  onLost(error: EarshotError): void;
}

export interface Speaker {
  readonly device: string;
  /** From the time at which a sample is due until it is audible; 0 for a file. */
  readonly outputLatencyMs: number;
  /**
   * How long before it would run out of samples a card is given more ({@link WakeGuard}); undefined for devices that
   * cannot run out.
   */
  readonly guardMs?: number;
  /** There are more samples than at the last demand: a card checks whether it is ready. */
  offer?(): void;
  /** Stops at once; samples that were given to it and not played yet may be lost. Never blocks. */
  close(): void;
}

/** @throws EarshotError (by rejection) when the device is not there or cannot be opened. */
export type OpenSpeaker = (handlers: SpeakerHandlers, scope: Scope) => Promise<Speaker>;
