/**
 * Every event that actors and machines exchange on the control plane: changes and statistics, never audio. One file a contract.
 *
 * `turn` is the number of a turn since the daemon started, from 1. An actor ignores events of other turns than its own.
 * Durations end in `Ms`. Times end in `AtMs`: ms on the monotonic clock of the process (src/core/time/clock.ts), to be compared only.
 * `startedAtMs` and `expiresAtMs` alone are dates: ms since 1970, by the wall clock.
 */

import { announcementsContract } from './announcements.ts';
import { answerContract } from './answer.ts';
import { captureContract } from './capture.ts';
import type { EventsOf } from './contract.ts';
import { conversationContract } from './conversation.ts';
import { deviceConnectionContract } from './device-connection.ts';
import { encoderContract } from './encoder.ts';
import { linkContract } from './link.ts';
import { listenerContract } from './listener.ts';
import { listeningContract } from './listening.ts';
import { networkContract } from './network.ts';
import { offlineContract } from './offline.ts';
import { playbackContract } from './playback.ts';
import { playerContract } from './player.ts';
import { provisioningContract } from './provisioning.ts';
import { remindersContract } from './reminders.ts';
import { responderContract } from './responder.ts';
import { sessionContract } from './session.ts';
import { speechContract } from './speech.ts';
import type { hosting, supervision } from './supervision.ts';
import { thinkingContract } from './thinking.ts';
import { transcriptionContract } from './transcription.ts';
import { triggerContract } from './trigger.ts';
import { uploaderContract } from './uploader.ts';
import { wifiContract } from './wifi.ts';

export * from './actors.ts';
export * from './announcements.ts';
export * from './answer.ts';
export * from './capture.ts';
export * from './contract.ts';
export * from './conversation.ts';
export * from './device-connection.ts';
export * from './encoder.ts';
export * from './link.ts';
export * from './listener.ts';
export * from './listening.ts';
export * from './network.ts';
export * from './offline.ts';
export * from './playback.ts';
export * from './player.ts';
export * from './provisioning.ts';
export * from './reminders.ts';
export * from './responder.ts';
export * from './session.ts';
export * from './speech.ts';
export { hosting, supervision } from './supervision.ts';
export * from './thinking.ts';
export * from './transcription.ts';
export * from './trigger.ts';
export * from './uploader.ts';
export * from './wifi.ts';

/** From an actor's host to its supervisor. */
export type ActorCrashed = EventsOf<typeof hosting>;
/** From a supervisor to its parent, beside the actor's events. */
export type SupervisionEvent = EventsOf<typeof supervision>;

/** In the order of docs/events.md. */
export const CONTRACTS = [
  conversationContract,
  triggerContract,
  listeningContract,
  listenerContract,
  captureContract,
  encoderContract,
  playbackContract,
  playerContract,
  uploaderContract,
  offlineContract,
  announcementsContract,
  remindersContract,
  linkContract,
  networkContract,
  sessionContract,
  deviceConnectionContract,
  responderContract,
  answerContract,
  transcriptionContract,
  thinkingContract,
  speechContract,
  provisioningContract,
  wifiContract,
] as const;
