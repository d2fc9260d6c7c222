/**
 * What a value may be, wherever it is checked: on the wire, and by the functions of the cloud, which would refuse it later.
 * So whatever the wire takes can be recorded. No imports: both ends and the cloud share this file.
 */

/** The id of a turn: a UUID version 7 (RFC 9562) in its one written form, which is lower case. */
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Characters in the name of a device, a session or an error. */
export const MAX_NAME_LENGTH = 128;
/** Characters in a text without a limit of its own. */
export const MAX_TEXT_LENGTH = 4_096;

/** Half of a pair: no Unicode text has one, and the cloud takes none. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** What a name must not hold: it is shown in lists and logs, a line each. Controls, line breaks, changes of direction. */
const NOT_IN_A_NAME = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

export function isName(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_NAME_LENGTH && !NOT_IN_A_NAME.test(text);
}

export function isText(text: string): boolean {
  return text.length <= MAX_TEXT_LENGTH && !LONE_SURROGATE.test(text);
}

/** The beginning of a text, as much as a message may hold. */
export function clipText(text: string, length: number = MAX_TEXT_LENGTH): string {
  const whole = LONE_SURROGATE.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
  if (whole.length <= length) return whole;
  const cut = whole.slice(0, length - 1);
  return `${LONE_SURROGATE.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** The end of the year 9999, in ms since 1970: beyond it a date has no common written form. A clock may be wrong, though. */
export const MAX_TIME_MS = 253_402_300_799_999;
/** 49 days: no duration on the wire is near it. */
export const MAX_DURATION_MS = 0xffff_ffff;

/** Of a count: the numbers of turns and frames, which have 32 bits in a packet. */
export const MAX_COUNT = 0xffff_ffff;

/** Of a turn's recording in the cloud, an Ogg Opus file: more than the longest turn that a gateway takes by default. */
export const MAX_RECORDING_BYTES = 4 * 1_024 * 1_024;

/** Figures in one report. */
export const MAX_FIGURES = 128;
/** The name of a figure. The cloud takes printable ASCII that does not begin with `$` or `_`. */
export const FIGURE_NAME = /^(?![$_ ])[ -~]{1,64}$/;
/** Of a figure, either side of 0: from here on not every whole number has a place of its own. */
export const MAX_FIGURE = Number.MAX_SAFE_INTEGER;
