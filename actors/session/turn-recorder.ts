/**
 * The port to what keeps turns at the gateway: a turn that it has recorded survives the gateway, and the device may forget it.
 */

import type { AudioPacket } from '../../src/protocol/packet.ts';
import type { Trigger } from '../../src/protocol/triggers.ts';

export interface CompletedTurn {
  /** UUIDv7 from the device: the same turn of the same device, delivered twice, is one record. */
  id: string;
  device: string;
  trigger: Trigger;
  startedAtMs: number;
  /** Recorded without a connection and delivered later. */
  offline: boolean;
  /** Good until `record` has settled. */
  audio: RecordedAudio;
}

/** A whole utterance: a short one in memory, a long one in a file. */
export interface RecordedAudio {
  /** As a turn file. */
  readonly bytes: number;
  /** From its beginning, some packets at a time. @throws EarshotError (by rejection) when it can't be read back */
  packets(): AsyncIterable<AudioPacket[]>;
  /** Makes it a turn file of that name, durably and without a second copy. @throws EarshotError (by rejection) */
  save(path: string): Promise<void>;
}

/** An id is a device's own word: the turns of one device are not those of another, whatever their ids are. */
export interface TurnRecorder {
  has(device: string, id: string): boolean;
  /** Resolves when the turn is durable. @throws EarshotError (by rejection) when it can't be kept. */
  record(turn: CompletedTurn): Promise<void>;
  /** Resolves when it is in the cloud as well; never, where there is none. */
  inCloud?(device: string, id: string): Promise<void>;
}
