/**
 * The folders of Earshot (XDG Base Directory Specification): the state folder, for files that must survive a restart, and the models.
 */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { EarshotError } from '../errors.ts';

/** @throws EarshotError `usage` when there is neither a home nor a setting */
export function defaultStateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return userFolder(environment, {
    base: 'XDG_STATE_HOME',
    inHome: ['.local', 'state'],
    what: 'data that must survive a restart',
    hint: 'Give a folder with --state or EARSHOT_STATE.',
  });
}

/**
 * The models of all gateways of this user (XDG: data). Not a cache: a machine without a network could not fetch them again.
 *
 * @throws EarshotError `usage` when there is neither a home nor a setting
 */
export function defaultModelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.EARSHOT_MODELS) return resolve(environment.EARSHOT_MODELS);
  const base = userFolder(environment, {
    base: 'XDG_DATA_HOME',
    inHome: ['.local', 'share'],
    what: 'models',
    hint: 'Give a folder with --models or EARSHOT_MODELS.',
  });
  return join(base, 'models');
}

interface UserFolder {
  /** The variable of the specification. */
  base: string;
  /** Where it is without the variable. */
  inHome: readonly string[];
  what: string;
  hint: string;
}

function userFolder(environment: NodeJS.ProcessEnv, { base, inHome, what, hint }: UserFolder): string {
  // The specification says to ignore relative paths.
  const given = environment[base] ?? '';
  if (isAbsolute(given)) return join(given, 'earshot');
  const home = homeOf(environment);
  if (home !== undefined && isAbsolute(home)) return join(home, ...inHome, 'earshot');
  const missing =
    home === undefined
      ? 'this user has no home folder, and HOME is not set'
      : `HOME is not an absolute path ("${home}")`;
  throw new EarshotError('usage', `There is no folder for ${what}: ${missing}`, hint);
}

/** Undefined without HOME, for an unknown user id, as in a container. */
export function homeOf({ HOME: home }: NodeJS.ProcessEnv): string | undefined {
  if (home !== undefined) return home;
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

const NAMES = {
  turns: 'turns',
  replies: 'replies',
  reminders: 'reminders',
  flight: 'flight',
  records: 'records',
  spool: 'spool',
  queue: 'cloud-queue',
  deadLetters: 'dead-letters',
  token: 'token',
  pairedGateway: 'paired-gateway.json',
  discoveryId: 'discovery-id',
  apiSocket: 'api.sock',
  apiToken: 'api-token',
  ducked: 'ducked.json',
  localSettings: 'local-settings.json',
  hotspot: 'hotspot.json',
  address: 'cloud.json',
  gatewayAddress: 'gateway.json',
  console: 'console',
  recordingChoices: 'recording-choices.json',
  embedded: 'cloud',
  backend: 'convex-backend',
  spending: 'assistant-spending.json',
  workers: 'workers',
  homeAssistant: 'home-assistant.json',
} as const;

/** Of the processes that use a folder: a device and a gateway a state folder, an embedded cloud and a Convex backend the folder of their data. */
const LOCKS = { device: 'device.lock', gateway: 'gateway.lock', cloud: 'cloud.lock', backend: 'backend.lock' } as const;

const inState = (name: keyof typeof NAMES) => (state: string) => join(state, NAMES[name]);

/** Turns that the device stores until the cloud has them. */
export const storedTurnsFolder = inState('turns');
/** Cached replies, played when there is no cloud. */
export const cachedRepliesFolder = inState('replies');
/** Reminders, and what they say. */
export const remindersFolder = inState('reminders');
/** Recordings of the flight recorder. */
export const flightFolder = inState('flight');
/** Turns that the gateway has recorded. */
export const recordsFolder = inState('records');
/** Spools of the gateway's current turns. */
export const spoolFolder = inState('spool');
/** Records that are not delivered to the cloud yet. */
export const queueFolder = inState('queue');
/** Records that the cloud refuses. */
export const deadLettersFolder = inState('deadLetters');
/** The token of this device. */
export const tokenFile = inState('token');
/** The gateway that has issued it. */
export const pairedGatewayFile = inState('pairedGateway');
/** By which devices find a gateway at another address. */
export const discoveryIdFile = inState('discoveryId');
/** The socket of a running device's local API. */
export const apiSocketFile = inState('apiSocket');
/** The token for its port. */
export const apiTokenFile = inState('apiToken');
/** The volumes of other programs, while they are quieter. */
export const duckedFile = inState('ducked');
/** What the person has set on the device: mute, volume. */
export const localSettingsFile = inState('localSettings');
/** Name and password of the device's access point, which are on its label. */
export const hotspotFile = inState('hotspot');
/** The address of a running gateway's embedded cloud. */
export const cloudAddressFile = inState('address');
/** The address of a running gateway. */
export const gatewayAddressFile = inState('gatewayAddress');
/** Whose recordings are kept. */
export const recordingChoicesFile = inState('recordingChoices');
/** Sign-in links and sessions of the console. */
export const consoleFolder = inState('console');
/** The data of the embedded cloud. */
export const embeddedCloudFolder = inState('embedded');
/** The program and the data of a Convex backend on this machine. */
export const backendFolder = inState('backend');
/** What the providers of the assistant have cost, by day and device. */
export const spendingFile = inState('spending');
/** What Home Assistant knows the devices of a gateway by: its key, and their ports. */
export const homeAssistantFile = inState('homeAssistant');
/** State folders of the processes of a gateway that has several, named by their numbers. */
export const workersFolder = inState('workers');
/** Of the process with this number. */
export const workerFolder = (state: string, slot: number) => join(workersFolder(state), String(slot));
/** The state folders of all processes that a gateway has, or has had: its own first. @throws an error of the system */
export function processFolders(state: string): string[] {
  const names = existsSync(workersFolder(state)) ? readdirSync(workersFolder(state)) : [];
  const slots = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return [state, ...slots.sort((a, b) => a - b).map((slot) => workerFolder(state, slot))];
}
/** Locked by the process that uses this folder in this role. */
export const lockFile = (state: string, role: StateRole) => join(state, LOCKS[role]);
export type StateRole = keyof typeof LOCKS;

/** Whether Earshot uses this name in a state folder. */
export function isStateName(name: string): boolean {
  return [...Object.values<string>(NAMES), ...Object.values<string>(LOCKS)].includes(name.replace(/\.part$/, ''));
}
