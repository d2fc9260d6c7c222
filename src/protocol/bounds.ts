/**
 * Limits of values, on the wire and in the functions of the cloud. They are the same, so every value that the wire accepts can be
 * recorded. No imports: both ends and the cloud share this file.
 */

/** The id of a turn: a UUID version 7 (RFC 9562), in lower case. */
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The id of an announcement or a reminder: a UUID of any version, in lower case. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** `22:30`. */
export const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Longest announcement, in characters: about a minute of speech. */
export const MAX_SPOKEN_LENGTH = 1_000;
/** Longest label of a reminder, in characters. */
export const MAX_LABEL_LENGTH = 100;
/** Reminders that a device may have at the same time: all of them fit into one message. */
export const MAX_REMINDERS = 50;

/** Longest name of a device, a session or an error, in characters. */
export const MAX_NAME_LENGTH = 128;
/** Longest text, in characters, where no other limit is given. */
export const MAX_TEXT_LENGTH = 4_096;

/** For so long after its last call a gateway counts as living, and its devices as connected. */
export const GATEWAY_LEASE_MS = 45_000;

/** A lone surrogate: invalid in Unicode, and the cloud refuses it. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Forbidden in a name, because lists and logs show it in one line: controls, line breaks, bidirectional controls. */
const NOT_IN_A_NAME = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

export function isName(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_NAME_LENGTH && !NOT_IN_A_NAME.test(text);
}

export function isText(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH && !LONE_SURROGATE.test(text);
}

/** Whether it can be an announcement. */
export function isSpokenText(text: string): boolean {
  return text.trim() !== '' && text.length <= MAX_SPOKEN_LENGTH && !LONE_SURROGATE.test(text);
}

/** Cuts a text to the length that a message may have. */
export function clipText(text: string, length: number = MAX_TEXT_LENGTH): string {
  const whole = LONE_SURROGATE.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
  if (whole.length <= length) return whole;
  const cut = whole.slice(0, length - 1);
  return `${LONE_SURROGATE.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** The end of the year 9999, in ms since 1970: later dates have no ISO 8601 form. */
export const MAX_TIME_MS = 253_402_300_799_999;
/** Longest duration: 49 days. */
export const MAX_DURATION_MS = 0xffff_ffff;

/** Largest count: turns and frames have 32 bits in a packet. */
export const MAX_COUNT = 0xffff_ffff;

/** Largest recording in the cloud, an Ogg Opus file: more than the longest turn that a gateway accepts by default. */
export const MAX_RECORDING_BYTES = 4 * 1_024 * 1_024;

/** Metrics in one report. */
export const MAX_FIGURES = 128;
/** The name of a metric. The cloud accepts printable ASCII that does not begin with `$` or `_`. */
export const FIGURE_NAME = /^(?![$_ ])[ -~]{1,64}$/;
/** Largest absolute value of a metric: above this not every integer can be represented. */
export const MAX_FIGURE = Number.MAX_SAFE_INTEGER;

/** The least and the most of what an operator sets for a device, as whole numbers. */
export const SETTING_RANGES = {
  volumePercent: [0, 100],
  bitrate: [6_000, 64_000],
  bufferMs: [0, 3_000],
} as const;
