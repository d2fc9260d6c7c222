/**
 * A device of a load test, of whichever kind: it connects, says what it is given, and counts what comes back.
 */
import { EarshotError } from '../../core/errors.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { LoadTurn } from './load-turn.ts';
import type { LoadMeasures } from './measures.ts';
import type { DeviceSockets } from './sockets.ts';
import type { EncodedUtterance } from './utterances.ts';

/**
 * - `full`: the client library, which is the composition of the real device: it stores, resumes and delivers turns
 * - `light`: the messages of the protocol and nothing else, for as many devices as possible; a turn whose connection is lost has failed
 */
export const DEVICE_KINDS = ['full', 'light'] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** `repeated`: the responder says what it hears (`echo`, `parrot`), so each frame of the reply is known. */
export type ReplyKind = 'repeated' | 'other';

/** Longer than a gateway takes that starts, or has a storm behind it. */
export const CONNECT_PATIENCE_MS = 60_000;

export interface LoadDeviceOptions {
  gateway: string;
  name: string;
  token?: string | undefined;
  sockets: DeviceSockets;
  framesPerPacket: number;
  replies: ReplyKind;
  clock: Clock;
  /** In 0…1. */
  random: () => number;
  /** Where to count; asked each time. */
  measures: () => LoadMeasures;
  /** A turn is over, and the device is free for the next one. */
  onFree(): void;
  /** A turn is over and confirmed, or nobody will confirm it any more. Its `stored` may still become `cloud`. */
  onTurn(turn: LoadTurn): void;
}

export interface LoadDevice {
  readonly isConnected: boolean;
  /** It has had a connection: nobody speaks to a device that is being set up. */
  readonly wasConnected: boolean;
  /** It is in a turn. */
  readonly isTalking: boolean;
  /** Turns that are over, and of which the gateway has not confirmed that they are stored. */
  readonly unconfirmed: readonly LoadTurn[];
  /**
   * Resolves with the first welcome. After a failure it tries again, as a device does.
   *
   * @param isPatient false: the first failure counts
   * @throws EarshotError (by rejection) why there is none: it is refused, or had no welcome for {@link CONNECT_PATIENCE_MS}
   */
  connect(isPatient: boolean): Promise<void>;
  /** Says this, packet by packet in real time. */
  talk(utterance: EncodedUtterance): void;
  /** Loses its connection, as by a lost network. */
  cut(): void;
  close(): Promise<void>;
}

/** The gateway has asked for a pairing. */
export function notPaired(): EarshotError {
  const hint = 'Start it with --open, or let the test pair its devices: --pair.';
  return new EarshotError('gateway_refused', 'The gateway does not know the devices of this test', hint);
}
