/**
 * Texts for people in lines that fit a terminal.
 */

/** Beside the first column of a table a text has at least so many columns; otherwise it goes on at the indentation. */
const MIN_BESIDE = 15;

/** The lines of a text; one that is too long is wrapped at spaces, and goes on below its own text. */
export function linesWithin(text: string, columns: number): string[] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      if (line.length <= columns) return [line];
      const head = headOf(line, columns);
      const [first = '', ...rest] = wrapped(line.slice(head.length).trim(), columns - head.length);
      return [head + first, ...rest.map((each) => ' '.repeat(head.length) + each)];
    });
}

/** The lines of a text, each below the first. */
export function indented(text: string, indent: number, columns: number): string[] {
  return wrapped(text, columns - indent).map((line) => ' '.repeat(indent) + line);
}

/** The indentation, and the first column of a table where enough room is left beside it. */
function headOf(line: string, columns: number): string {
  const [, column = ''] = /^( *\S+ {2,})\S/.exec(line) ?? [];
  if (column !== '' && columns - column.length >= MIN_BESIDE) return column;
  return /^ */.exec(line)?.[0] ?? '';
}

/** A word that is longer than the width has a line of its own. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ +/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
