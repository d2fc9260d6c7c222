/**
 * The settings of listening of a running device. Three may change them, and the last change counts: the command line at the start,
 * the operator, and programs on the device. What these have set survives a restart, until the operator changes something.
 */
import { type ListenSettings, PUSH_TO_TALK } from '../core/contracts/index.ts';
import { INTERRUPTIONS, LISTEN_MODES, MAX_ANSWER_MS, MAX_FOLLOW_UP_MS, PATIENCES } from '../protocol/listening.ts';

/** With a wake word it would have to be said before each sentence. */
const WAKE_FOLLOW_UP_MS = 8_000;

/** Those that are missing have their defaults. */
export type ListenOptions = Partial<ListenSettings>;

const VALID: { [Name in keyof ListenSettings]: (value: unknown) => boolean } = {
  mode: (value) => LISTEN_MODES.some((mode) => mode === value),
  patience: (value) => PATIENCES.some((patience) => patience === value),
  interruption: (value) => INTERRUPTIONS.some((interruption) => interruption === value),
  followUpMs: (value) => typeof value === 'number' && value >= 0 && value <= MAX_FOLLOW_UP_MS,
  answerMs: (value) => typeof value === 'number' && value >= 0 && value <= MAX_ANSWER_MS,
};

export function isListenOptions(value: unknown): value is ListenOptions {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([name, each]) => Object.hasOwn(VALID, name) && VALID[name as keyof ListenSettings](each),
  );
}

/** The settings, with defaults for missing ones. */
export function listenSettingsOf(options: ListenOptions): ListenSettings {
  const followUpMs = options.mode === 'wake' ? WAKE_FOLLOW_UP_MS : 0;
  return { ...PUSH_TO_TALK, followUpMs, ...options };
}

export interface ListenSettingsStore {
  readonly current: ListenSettings;
  /** Of a program on this device. */
  change(change: ListenOptions): void;
  /** For this run, whatever was set before: a change counts again, and nothing is stored. */
  listenForThisRun(settings: ListenOptions): void;
  /** All that the operator has set; what is missing is as the device was started. */
  operatorHas(settings: ListenOptions | undefined): void;
}

/** What programs on the device have set, and the operator's settings (as JSON) that it replaces; `unknown`: there was no connection since. */
export interface LocalListening {
  value: ListenOptions;
  instead: string;
}

export interface ListenSettingsOptions {
  started: ListenOptions;
  /** As by `listenForThisRun`, from the start. */
  forThisRun?: ListenOptions | undefined;
  /** Of before the restart. */
  stored?: LocalListening | undefined;
  /** Called with the settings after each change. */
  apply(settings: ListenSettings): void;
  /** Undefined: there is nothing to store any more. @throws EarshotError `store_failed`, `store_full` */
  store(local: LocalListening | undefined): void;
  /** The same for a change that nobody waits for. It does not throw. */
  tryStore(local: LocalListening | undefined): void;
}

export function createListenSettings(options: ListenSettingsOptions): ListenSettingsStore {
  const { started, stored, apply, store, tryStore } = options;
  let ofOperator: ListenOptions = {};
  /** They come again with each change of another setting and with each connection. */
  let known = stored?.instead ?? 'unknown';
  let local: ListenOptions = stored?.value ?? {};
  let forThisRun = options.forThisRun ?? {};
  let hasOperators = false;

  const current = () => listenSettingsOf({ ...started, ...ofOperator, ...local, ...forThisRun });
  const hasLocal = () => Object.keys(local).length > 0;
  const toStore = () => (hasLocal() ? { value: local, instead: known } : undefined);

  return {
    get current() {
      return current();
    },
    change(change) {
      local = { ...local, ...change };
      forThisRun = without(forThisRun, change);
      apply(current());
      store(toStore());
    },
    listenForThisRun(settings) {
      forThisRun = settings;
      apply(current());
    },
    operatorHas(settings = {}) {
      const [before, now] = [JSON.stringify(current()), JSON.stringify(settings)];
      if (now !== known && known !== 'unknown') local = {};
      if (now !== known && hasOperators) forThisRun = {};
      hasOperators = true;
      if (now !== known) {
        known = now;
        tryStore(toStore());
      }
      ofOperator = settings;
      if (JSON.stringify(current()) !== before) apply(current());
    },
  };
}

function without(options: ListenOptions, others: ListenOptions): ListenOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(others, name)));
}
