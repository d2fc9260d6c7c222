/**
 * Formats external text as one column of a list. Columns are two spaces apart, so text that could be read as several columns
 * is quoted.
 */
export function cell(text: string): string {
  return /^\S+( \S+)*$/.test(text) && !text.includes('"') ? text : JSON.stringify(text);
}
