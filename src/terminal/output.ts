/**
 * Where a command writes. Standard output belongs to results alone; what is meant for people (log, progress, errors) goes
 * to standard error. All of it passes through here, line by line: what comes from outside may hold control characters, and
 * they are shown and not obeyed (src/printable.ts). Colours and a line that is drawn anew are this file's own.
 *
 * Native libraries write to descriptors 1 and 2 from C. So `bin/earshot` starts Node with those filtered, and the real
 * standard output and error on others, named in EARSHOT_STDOUT and EARSHOT_STDERR.
 */
import { writeSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { printable } from '../printable.ts';

const resultFd = Number(process.env.EARSHOT_STDOUT ?? 1);
const messageFd = Number(process.env.EARSHOT_STDERR ?? 2);

export interface Coloured {
  colour: 'dim' | 'green' | 'yellow' | 'red';
  text: string;
}
/** One line, or pieces of one. */
export type Line = string | readonly (string | Coloured)[];

const CLEAR_LINE = '\r\u001b[K';

/** What is drawn anew below the messages, on a terminal. */
let status: Line | undefined;

/** Prints a line of the result. */
export function printLine(line: Line): void {
  aboveStatus(() => write(resultFd, `${render(line, resultFd)}\n`));
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Prints lines of the result in the place of as many that were printed before. */
export function reprintLines(lines: readonly Line[], before: number): void {
  const up = before > 0 ? `\u001b[${before}A\u001b[J` : '';
  write(resultFd, `${up}${lines.map((line) => `${render(line, resultFd)}\n`).join('')}`);
}

/** Prints a line for the person or log that watches. */
export function printMessage(line: Line): void {
  aboveStatus(() => write(messageFd, `${render(line, messageFd)}\n`));
}

/** Keeps this line below the messages; undefined takes it away. For a terminal alone. */
export function showStatus(line: Line | undefined): void {
  if (line === undefined && status === undefined) return;
  status = line;
  write(messageFd, `${CLEAR_LINE}${line === undefined ? '' : render(line, messageFd)}`);
}

function aboveStatus(print: () => void): void {
  const below = status;
  showStatus(undefined);
  print();
  showStatus(below);
}

/** Whether a person watches the results: then they may be drawn anew. */
export function resultIsWatched(): boolean {
  return isatty(resultFd);
}

/** Whether a person watches: the messages go to a terminal. */
export function messagesAreWatched(): boolean {
  return isatty(messageFd);
}

let terminal: WriteStream | undefined;

/** Columns of the terminal that the messages go to; 80 where there is none. */
export function messageColumns(): number {
  if (!messagesAreWatched()) return 80;
  terminal ??= new WriteStream(messageFd);
  return terminal.columns;
}

function render(line: Line, fd: number): string {
  if (typeof line === 'string') return printable(line);
  const isColoured = isatty(fd) && !process.env.NO_COLOR;
  const pieces = line.map((piece) => {
    if (typeof piece === 'string') return printable(piece);
    const text = printable(piece.text);
    // Node would ask descriptor 1, which is not where this goes.
    return isColoured ? styleText(piece.colour, text, { validateStream: false }) : text;
  });
  return pieces.join('');
}

/** Waits for a slow reader; one that has gone (`| head`) ends the process quietly. */
function write(fd: number, text: string): void {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(fd, bytes));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
    }
  }
}
