import { announcementsContract } from './announcements.ts';
import { captureContract } from './capture.ts';
import { encoderContract } from './encoder.ts';
import { listenerContract } from './listener.ts';
import { networkContract } from './network.ts';
import { offlineContract } from './offline.ts';
import { playerContract } from './player.ts';
import { remindersContract } from './reminders.ts';
import { responderContract } from './responder.ts';
import { triggerContract } from './trigger.ts';
import { wifiContract } from './wifi.ts';

/** Actors that are restarted after a crash. */
export const SUPERVISED = [
  triggerContract,
  listenerContract,
  captureContract,
  encoderContract,
  playerContract,
  networkContract,
  offlineContract,
  announcementsContract,
  remindersContract,
  responderContract,
  wifiContract,
] as const;
export type ActorName = (typeof SUPERVISED)[number]['name'];
