/**
 * Every event that actors and machines exchange on the control plane, one file a contract: changes and statistics, never audio.
 *
 * A `turn` is the number of a turn in its daemon's life, from 1; whoever gets an event of another turn than its own
 * ignores it. Durations end in `Ms`, times in `AtMs`: ms on the monotonic clock of the process (src/core/time/clock.ts), good for nothing
 * but comparing. Only `startedAtMs` and `expiresAtMs` date something: ms since 1970, by the wall clock.
 */

import { captureContract } from './capture.ts';
import type { EventsOf } from './contract.ts';
import { conversationContract } from './conversation.ts';
import { deviceConnectionContract } from './device-connection.ts';
import { encoderContract } from './encoder.ts';
import { linkContract } from './link.ts';
import { networkContract } from './network.ts';
import { offlineContract } from './offline.ts';
import { playbackContract } from './playback.ts';
import { playerContract } from './player.ts';
import { responderContract } from './responder.ts';
import { sessionContract } from './session.ts';
import type { hosting, supervision } from './supervision.ts';
import { triggerContract } from './trigger.ts';
import { uploaderContract } from './uploader.ts';

export * from './actors.ts';
export * from './capture.ts';
export * from './contract.ts';
export * from './conversation.ts';
export * from './device-connection.ts';
export * from './encoder.ts';
export * from './link.ts';
export * from './network.ts';
export * from './offline.ts';
export * from './playback.ts';
export * from './player.ts';
export * from './responder.ts';
export * from './session.ts';
export { hosting, supervision } from './supervision.ts';
export * from './trigger.ts';
export * from './uploader.ts';

/** An actor's host to its supervisor. */
export type ActorCrashed = EventsOf<typeof hosting>;
/** A supervisor to the machine above it, beside what the actor sends. */
export type SupervisionEvent = EventsOf<typeof supervision>;

/** In the order in which docs/events.md tells of them. */
export const CONTRACTS = [
  conversationContract,
  triggerContract,
  captureContract,
  encoderContract,
  playbackContract,
  playerContract,
  uploaderContract,
  offlineContract,
  linkContract,
  networkContract,
  sessionContract,
  deviceConnectionContract,
  responderContract,
] as const;
