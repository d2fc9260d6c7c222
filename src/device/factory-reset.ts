/**
 * What a device knows that it did not know on its first day, and how it forgets it. A gateway that shares the state folder keeps all of its own.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { diskError, withDiskErrors } from '../core/files/disk-errors.ts';
import {
  apiTokenFile,
  cachedRepliesFolder,
  flightFolder,
  localSettingsFile,
  pairedGatewayFile,
  remindersFolder,
  storedTurnsFolder,
  tokenFile,
} from '../core/files/paths.ts';

/** Something that a reset deletes. */
export interface Forgettable {
  /** For people. */
  what: string;
  paths: readonly string[];
}

/** A wake word that its owner has trained (`earshot wake train`), if it was put into the state folder. */
const WAKE_MODEL = /^wake-.*\.json$/;

/** What is there, in the order in which it goes: first what lets the device speak for its owner. @throws EarshotError `store_failed` */
export function forgettables(state: string): Forgettable[] {
  const names = namesIn(state);
  const all: Forgettable[] = [
    { what: 'the pairing with its gateway, and its token', paths: [tokenFile(state), pairedGatewayFile(state)] },
    { what: 'the token of the local API', paths: [apiTokenFile(state)] },
    { what: 'turns that the cloud does not have yet', paths: [storedTurnsFolder(state)] },
    { what: 'timers, reminders and alarms', paths: [remindersFolder(state)] },
    { what: 'replies for use without a connection', paths: [cachedRepliesFolder(state)] },
    { what: 'mute, volume, and how it listens', paths: [localSettingsFile(state)] },
    {
      what: 'wake words that were trained for it',
      paths: names.filter((name) => WAKE_MODEL.test(name)).map((name) => join(state, name)),
    },
    { what: 'recordings of the flight recorder', paths: [flightFolder(state)] },
  ];
  const there = new Set(names.map((name) => join(state, name.replace(/\.part$/, ''))));
  return all
    .map(({ what, paths }) => ({ what, paths: paths.filter((path) => there.has(path)) }))
    .filter(({ paths }) => paths.length > 0);
}

/** A crash in between leaves the rest, and the next reset deletes it. @throws EarshotError `store_failed` */
export function deleteForgettable({ paths }: Forgettable): void {
  for (const path of paths) {
    // `.part`: it was being written when the power went.
    for (const each of [path, `${path}.part`])
      withDiskErrors(each, () => rmSync(each, { recursive: true, force: true }));
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return [];
    throw diskError(folder, cause);
  }
}
