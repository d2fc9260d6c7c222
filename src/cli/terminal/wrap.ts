/**
 * Texts for people in lines that fit a terminal.
 */

/** Beside the first column of a table a text has at least so many columns; otherwise it goes on at the indentation. */
const MIN_BESIDE = 15;

/** A command of Earshot as an example: it is copied into a shell. */
const COMMAND = /^ {2}(?:\w+=\S+ )*earshot /;
const CONTINUED = ' \\';

/** The lines of a text; one that is too long is wrapped at spaces, and goes on below its own text; a command so that a shell still reads it as one. */
export function linesWithin(text: string, columns: number): string[] {
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      if (line.length <= columns) return [line];
      if (COMMAND.test(line)) return commandWithin(line, columns);
      const head = headOf(line, columns);
      const [first = '', ...rest] = wrapped(line.slice(head.length).trim(), columns - head.length);
      return [head + first, ...rest.map((each) => ' '.repeat(head.length) + each)];
    });
}

/** Lines without an indentation that follow each other are one paragraph, however the source has wrapped them. */
export function unwrapped(text: string): string {
  return text.replaceAll(/(?<=^\S.*)\n(?=\S)/gm, ' ');
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

/** Each line but the last ends with a backslash. */
function commandWithin(line: string, columns: number): string[] {
  const indent = 4;
  const words = line.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  return joined(words, columns - indent - CONTINUED.length).map(
    (each, i, all) => ' '.repeat(i === 0 ? 2 : indent) + each + (i < all.length - 1 ? CONTINUED : ''),
  );
}

function wrapped(text: string, width: number): string[] {
  return joined(text.split(/ +/), width);
}

/** A word that is longer than the width has a line of its own. */
function joined(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
