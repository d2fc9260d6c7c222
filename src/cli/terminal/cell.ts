/**
 * A text from outside as one column of a list whose columns are two spaces apart: in quotes where it could be taken for more
 * than one.
 */
export function cell(text: string): string {
  return /^\S+( \S+)*$/.test(text) && !text.includes('"') ? text : JSON.stringify(text);
}
