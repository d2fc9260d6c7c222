/**
 * What the person has set on the device itself: mute, volume, how it listens. In a file, so that it survives a restart.
 *
 * Of volume and mode the last change counts, wherever it was made: what the person sets here is used instead of the operator's setting, until
 * the operator (or the assistant, when it is asked to) changes that. Mute is the person's; a gateway may mute as well, and open only what it has
 * muted itself (remote-control.ts).
 */
import { readFileSync } from 'node:fs';
import { errorFields, systemCode } from '../core/errors.ts';
import { localSettingsFile } from '../core/files/paths.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';
import { openPrivateFolder } from '../core/files/private-folder.ts';
import type { Log } from '../core/log/log.ts';
import { MUTERS, type Muter } from '../protocol/remote-control.ts';
import { isListenOptions, type LocalListening } from './listen-settings.ts';

/** As recorded. */
const DEFAULT_VOLUME_PERCENT = 100;

/**
 * A value of the person's, and the operator's value that it replaces. `none`: the operator had set none; `unknown`: there was no connection
 * since the start.
 */
interface Override {
  value: number;
  instead: number | 'none' | 'unknown';
}

interface Stored {
  muted: boolean;
  /** Missing in a file that is muted: a person. So versions without it hold what a gateway has muted. */
  mutedBy?: Muter;
  volumePercent?: Override;
  listening?: LocalListening;
}

export interface LocalSettings {
  /** Undefined: it is not muted. */
  readonly mutedBy: Muter | undefined;
  /** @throws EarshotError `store_failed`, `store_full`: it applies until the next restart only */
  setMutedBy(muter: Muter | undefined): void;
  /** The volume to use: the person's, else the operator's, else as recorded. */
  readonly volumePercent: number;
  /** The operator's volume, whenever it may have changed; undefined: there is none. */
  noteOperatorsVolume(volumePercent: number | undefined): void;
  /** @throws EarshotError `store_failed`, `store_full`: it applies until the next restart only */
  setVolume(volumePercent: number): void;
  /** How it listens, as programs on the device have set it. */
  readonly listening: LocalListening | undefined;
  /** @throws EarshotError `store_failed`, `store_full`: it applies until the next restart only */
  setListening(listening: LocalListening | undefined): void;
  /** The same; a failure is logged. */
  noteListening(listening: LocalListening | undefined): void;
}

export interface LocalSettingsOptions {
  /** Muted from the start, whatever is stored. */
  muted: boolean;
  log: Log;
}

export function openLocalSettings(state: string, { muted, log }: LocalSettingsOptions): LocalSettings {
  const path = localSettingsFile(state);
  const stored = read(path, log);
  let operatorsVolume: Override['instead'] = stored.volumePercent?.instead ?? 'unknown';

  function save(): void {
    openPrivateFolder(state);
    replacePrivateFile(path, `${JSON.stringify(stored)}\n`, 'all');
  }

  /** For a change that nobody waits for. */
  function trySave(): void {
    try {
      save();
    } catch (error) {
      log.warn('the settings of the device cannot be stored', errorFields(error));
    }
  }

  function replaceListening(listening: LocalListening | undefined): void {
    if (listening) stored.listening = listening;
    else delete stored.listening;
  }

  function setMutedBy(muter: Muter | undefined): void {
    stored.muted = muter !== undefined;
    if (muter === 'gateway') stored.mutedBy = muter;
    else delete stored.mutedBy;
  }

  const mutedBy = () => (stored.muted ? (stored.mutedBy ?? 'person') : undefined);

  if (muted && mutedBy() !== 'person') {
    setMutedBy('person');
    trySave();
  }

  return {
    get mutedBy() {
      return mutedBy();
    },
    setMutedBy(muter) {
      setMutedBy(muter);
      save();
    },
    get volumePercent() {
      const operators = typeof operatorsVolume === 'number' ? operatorsVolume : DEFAULT_VOLUME_PERCENT;
      return stored.volumePercent?.value ?? operators;
    },
    noteOperatorsVolume(operators) {
      operatorsVolume = operators ?? 'none';
      const { volumePercent } = stored;
      if (!volumePercent || volumePercent.instead === operatorsVolume) return;
      if (volumePercent.instead === 'unknown') volumePercent.instead = operatorsVolume;
      else delete stored.volumePercent;
      trySave();
    },
    setVolume(value) {
      stored.volumePercent = { value, instead: operatorsVolume };
      save();
    },
    get listening() {
      return stored.listening;
    },
    setListening(listening) {
      replaceListening(listening);
      save();
    },
    noteListening(listening) {
      if (!listening && !stored.listening) return;
      replaceListening(listening);
      trySave();
    },
  };
}

/** A damaged file mutes: the person may have muted the microphone. */
function read(path: string, log: Log): Stored {
  try {
    const stored = valid(JSON.parse(readFileSync(path, 'utf8')));
    if (stored) return stored;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { muted: false };
    log.debug('the settings of the device cannot be read', errorFields(error));
  }
  log.error('the settings of the device are damaged: the microphone is muted', {
    file: path,
    hint: 'Unmute it: that writes the file again.',
  });
  return { muted: true };
}

function valid(value: unknown): Stored | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { muted, mutedBy, volumePercent, listening } = value as Partial<Stored>;
  if (typeof muted !== 'boolean') return undefined;
  if (mutedBy !== undefined && !MUTERS.includes(mutedBy)) return undefined;
  if (volumePercent !== undefined && !isOverride(volumePercent)) return undefined;
  if (listening !== undefined && !isLocalListening(listening)) return undefined;
  return {
    muted,
    ...(mutedBy && { mutedBy }),
    ...(volumePercent && { volumePercent }),
    ...(listening && { listening }),
  };
}

function isOverride({ value, instead }: Partial<Override>): boolean {
  return isPercent(value) && (isPercent(instead) || instead === 'none' || instead === 'unknown');
}

function isLocalListening({ value, instead }: Partial<LocalListening>): boolean {
  return typeof instead === 'string' && isListenOptions(value);
}

/** A volume, in percent. */
export function isPercent(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 100;
}
