/**
 * The layout of help texts, also on terminals of 40 columns.
 */
import { Help, type HelpConfiguration, type Option } from 'commander';

const INDENT = 2;
const STACKED_INDENT = 6;
/** Beside its term, a description has at least so many columns; otherwise it stands below. */
const MIN_DESCRIPTION = 30;

export const helpLayout: HelpConfiguration = {
  /** What commander knows of an option joins what its description ends with: (default: the host's, env: EARSHOT_NAME). */
  optionDescription(option: Option) {
    return Help.prototype.optionDescription.call(this, option).replace(/\) \((?=(choices|default|env): )/, ', ');
  },
  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? 80;
    const beside = width - termWidth - 2 * INDENT;
    if (!description || beside >= MIN_DESCRIPTION) {
      helper.minWidthToWrap = MIN_DESCRIPTION;
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    }
    const lines = wrapped(description, width - STACKED_INDENT).map((line) => ' '.repeat(STACKED_INDENT) + line);
    return [' '.repeat(INDENT) + term, ...lines].join('\n');
  },
};

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

/** The indentation, and the first column of a table where enough room is left beside it. */
function headOf(line: string, columns: number): string {
  const [, column = ''] = /^( *\S+ {2,})\S/.exec(line) ?? [];
  if (column !== '' && columns - column.length >= MIN_DESCRIPTION / 2) return column;
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
