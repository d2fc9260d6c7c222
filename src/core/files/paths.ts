/**
 * Where Earshot keeps what must survive a restart (XDG Base Directory Specification: state).
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { EarshotError } from '../errors.ts';

/** @throws EarshotError `usage` where there is neither a home nor a setting */
export function defaultStateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  // The specification has relative paths ignored.
  const base = environment.XDG_STATE_HOME ?? '';
  if (isAbsolute(base)) return join(base, 'earshot');
  const home = environment.HOME === undefined ? homeOfUser() : environment.HOME;
  if (home !== undefined && isAbsolute(home)) return join(home, '.local', 'state', 'earshot');
  const missing =
    home === undefined ? 'this user has no home, and HOME is not set' : `HOME is no absolute path ("${home}")`;
  throw new EarshotError(
    'usage',
    `There is nowhere to keep what must survive a restart: ${missing}`,
    'Name a folder with --state, or in EARSHOT_STATE.',
  );
}

/** Undefined for a user id that the system does not know, as in a container. */
function homeOfUser(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

const NAMES = {
  turns: 'turns',
  replies: 'replies',
  flight: 'flight',
  records: 'records',
  spool: 'spool',
  queue: 'cloud-queue',
  deadLetters: 'dead-letters',
  token: 'token',
  cloud: 'cloud.json',
  device: 'device.lock',
  gateway: 'gateway.lock',
} as const;

const inState = (name: keyof typeof NAMES) => (state: string) => join(state, NAMES[name]);

/** Turns that the device keeps until the cloud has them. */
export const storedTurnsFolder = inState('turns');
/** Cached replies for when there is no cloud. */
export const cachedRepliesFolder = inState('replies');
/** What the flight recorder writes. */
export const flightFolder = inState('flight');
/** Turns that the gateway has recorded. */
export const recordsFolder = inState('records');
/** What a gateway keeps of a turn while it lasts. */
export const spoolFolder = inState('spool');
/** What the cloud does not have yet. */
export const queueFolder = inState('queue');
/** What the cloud does not take. */
export const deadLettersFolder = inState('deadLetters');
/** The token of this device. */
export const tokenFile = inState('token');
/** Where the embedded cloud of a running gateway is. */
export const cloudAddressFile = inState('cloud');
/** Held by the process that is the device, or the gateway, of this folder. */
export const lockFile = (state: string, role: StateRole) => inState(role)(state);
export type StateRole = 'device' | 'gateway';

/** Whether something of this name in a state folder is Earshot's. */
export function isStateName(name: string): boolean {
  return Object.values<string>(NAMES).includes(name.replace(/\.part$/, ''));
}
