/**
 * The port to what keeps turns at the gateway: a turn that it has recorded survives the gateway, and the device may forget it.
 */
import type { Trigger } from '../../src/events.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

export interface SpokenTurn {
  /** UUIDv7 from the device: the same turn, delivered twice, is one record. */
  id: string;
  device: string;
  trigger: Trigger;
  startedAtMs: number;
  /** Recorded without a connection and delivered later. */
  offline: boolean;
  packets: readonly AudioPacket[];
}

export interface Recorder {
  has(id: string): boolean;
  /** Resolves when the turn is durable. @throws EarshotError (by rejection) when it can't be kept. */
  record(turn: SpokenTurn): Promise<void>;
  /** Resolves when it is in the cloud as well; never, where there is none. */
  inCloud?(id: string): Promise<void>;
}
