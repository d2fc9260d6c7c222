/**
 * Where Earshot keeps what must survive a restart (XDG Base Directory Specification: state).
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function defaultStateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return resolve(base, 'earshot');
}

/** Turns that the device keeps until the cloud has them. */
export const keptTurnsFolder = (state: string) => join(state, 'turns');
/** Cached replies for when there is no cloud. */
export const cachedRepliesFolder = (state: string) => join(state, 'replies');
/** What the flight recorder writes. */
export const flightFolder = (state: string) => join(state, 'flight');
/** Turns that the gateway has recorded. */
export const recordsFolder = (state: string) => join(state, 'records');
/** What a gateway keeps of a turn while it lasts. */
export const spoolFolder = (state: string) => join(state, 'spool');
/** What the cloud does not have yet. */
export const queueFolder = (state: string) => join(state, 'cloud-queue');
/** What the cloud does not take. */
export const deadLettersFolder = (state: string) => join(state, 'dead-letters');
