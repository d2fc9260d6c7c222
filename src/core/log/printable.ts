/**
 * Text from outside, on its way to a terminal or a text log: a control character in it is shown, as JSON writes it, and never
 * obeyed. So a device's name can neither begin a line of its own nor move the cursor, colour or reorder what stands beside it.
 */

/** C0, DEL and C1 (Cc), line and paragraph separators (Zl, Zp), and what turns the direction of text. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The same text on one line. JSON stays JSON, with the same value. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (control) => SHORT[control] ?? unicodeEscape(control));
}

/** All of them are in the Basic Multilingual Plane: four digits are enough. */
function unicodeEscape(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
