/**
 * The interface of what stores turns at the gateway: a recorded turn survives the gateway process.
 */

import type { AudioPacket } from '../../src/protocol/packet.ts';
import type { Trigger } from '../../src/protocol/triggers.ts';

export interface CompletedTurn {
  /** UUIDv7 from the device. The same turn of the same device, delivered twice, is one record. */
  id: string;
  device: string;
  trigger: Trigger;
  startedAtMs: number;
  /** Recorded without a connection and delivered later. */
  offline: boolean;
  /** Valid until `record` has settled. */
  audio: RecordedAudio;
}

/** A complete utterance: a short one in memory, a long one in a file. */
export interface RecordedAudio {
  /** As a turn file. */
  readonly bytes: number;
  /** From its beginning, a few packets at a time. @throws EarshotError (by rejection) when it can't be read */
  packets(): AsyncIterable<AudioPacket[]>;
  /** Makes it a turn file of this name, durably and without a second copy. @throws EarshotError (by rejection) */
  save(path: string): Promise<void>;
}

/** Ids are unique for one device only: turns of two devices may have the same id. */
export interface TurnRecorder {
  has(device: string, id: string): boolean;
  /** Whether the cloud has it with its recording, from another gateway: then it need not be recorded here. Never rejects. */
  isInCloud?(device: string, id: string): Promise<boolean>;
  /** Resolves when the turn is durable. @throws EarshotError (by rejection) when it can't be stored. */
  record(turn: CompletedTurn): Promise<void>;
  /**
   * When a recorded turn may be confirmed to its device, which then deletes it. Missing or undefined: at once.
   * @throws EarshotError (by rejection) `turn_refused`: it can never be kept
   */
  confirmable?(device: string, id: string): Promise<void> | undefined;
  /** Resolves when it is in the cloud too; never, if there is no cloud. */
  inCloud?(device: string, id: string): Promise<void>;
}
