/**
 * Escapes text from outside for a terminal or a text log: control characters are written as in JSON. So a device's name cannot start a
 * new line, move the cursor, change colours or reorder the text beside it.
 */

/** C0, DEL and C1 (Cc), line and paragraph separators (Zl, Zp), and bidirectional controls. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The same text on one line. JSON stays JSON, with the same value. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (control) => SHORT[control] ?? unicodeEscape(control));
}

/** All of them are in the Basic Multilingual Plane, so four digits are enough. */
function unicodeEscape(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
