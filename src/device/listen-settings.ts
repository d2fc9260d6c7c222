/**
 * The settings of listening of a running device. Three may change them, and the last change counts: the command line at the start,
 * the operator, and programs on the device.
 */
import { type ListenSettings, PUSH_TO_TALK } from '../core/contracts/index.ts';

/** With a wake word it would have to be said before each sentence. */
const WAKE_FOLLOW_UP_MS = 8_000;

/** Those that are missing have their defaults. */
export type ListenOptions = Partial<ListenSettings>;

/** The settings, with defaults for missing ones. */
export function listenSettingsOf(options: ListenOptions): ListenSettings {
  const followUpMs = options.mode === 'wake' ? WAKE_FOLLOW_UP_MS : 0;
  return { ...PUSH_TO_TALK, followUpMs, ...options };
}

export interface ListenSettingsStore {
  readonly current: ListenSettings;
  /** Of a program on this device. */
  change(change: ListenOptions): void;
  /** All that the operator has set; what is missing is as the device was started. */
  operatorHas(settings: ListenOptions | undefined): void;
}

/** @param apply is called with the settings after each change */
export function createListenSettings(
  started: ListenOptions,
  apply: (settings: ListenSettings) => void,
): ListenSettingsStore {
  let options = started;
  /** They come again with each change of another setting and with each connection. */
  let ofOperator = '{}';
  function set(next: ListenOptions): void {
    options = next;
    apply(listenSettingsOf(options));
  }
  return {
    get current() {
      return listenSettingsOf(options);
    },
    change: (change) => set({ ...options, ...change }),
    operatorHas(settings = {}) {
      const now = JSON.stringify(settings);
      if (now === ofOperator) return;
      ofOperator = now;
      set({ ...started, ...settings });
    },
  };
}
