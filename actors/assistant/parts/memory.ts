/**
 * What the assistant remembers of its conversations with a device, and keeps for the person.
 */

/** What one side said in a turn. */
export interface DialogueMessage {
  role: 'person' | 'assistant';
  /** What was recognised, or what the person heard of the answer. */
  text: string;
  /** UUID of its turn. */
  turnId: string;
  /** Wall clock, ms since 1970. */
  atMs: number;
}

/** What is remembered of the conversations with a device. */
export interface Recollection {
  /** Oldest first. */
  messages: readonly DialogueMessage[];
  summary?: string;
}

/** One for all devices; `device` is a device's name. */
export interface Memory {
  /** The last messages. An answer that is still being played is cut to what was heard so far. */
  recall(device: string): Promise<Recollection>;
  /** Stored at once for `recall`, and delivered to the cloud later if it cannot be reached. */
  remember(device: string, message: DialogueMessage): void;
  /** The person interrupted the answer of this turn: only this much of it was heard. */
  heard(device: string, turnId: string, text: string): void;
  /** Replaces all messages until then by a summary. */
  summarize(device: string, summary: string, untilMs: number): void;
  /** Deletes everything that was said. Resolves with the number of deleted messages. @throws EarshotError `cloud_unavailable` */
  forget(device: string): Promise<number>;
}

/** Lists of a person: shopping, tasks. */
export interface Lists {
  /** Names of the lists that have items. */
  names(device: string): Promise<string[]>;
  items(device: string, list: string): Promise<string[]>;
  add(device: string, list: string, items: readonly string[]): Promise<void>;
  /** Resolves with the items that were there and are removed. */
  remove(device: string, list: string, items: readonly string[]): Promise<string[]>;
  clear(device: string, list: string): Promise<void>;
}

/** A timer, a reminder or an alarm that has not rung yet. */
export interface Reminder {
  /** UUID. */
  id: string;
  kind: 'timer' | 'reminder' | 'alarm';
  /** E.g. `pasta` or `call mom`; empty: none. */
  label: string;
  /** When it rings: wall clock, ms since 1970. */
  atMs: number;
  /** Of a timer: how long it was set for. */
  durationMs?: number;
}

/** Timers, reminders and alarms. They ring on the device, also without a connection. */
export interface Reminders {
  /** Those that have not rung, soonest first. */
  list(device: string): Promise<Reminder[]>;
  /** One that has this id already is left as it is. @throws EarshotError `reminders_full` */
  add(device: string, reminder: Omit<Reminder, 'id'> & { id?: string | undefined }): Promise<Reminder>;
  /** False: it does not exist any more. */
  cancel(device: string, id: string): Promise<boolean>;
}
