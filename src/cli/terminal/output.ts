/**
 * Where a command writes. Standard output belongs to results alone; what is meant for people (log, progress, errors) goes
 * to standard error. All of it passes through here, line by line: what comes from outside may hold control characters, and
 * they are shown and not obeyed (src/core/log/printable.ts). Colours and a line that is drawn anew are this file's own.
 */
import { isatty, WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { systemCode } from '../../core/errors.ts';
import { descriptorNamed, messageFd, outputName, resultFd, writeAll } from '../../core/files/descriptors.ts';
import { outputError } from '../../core/files/file-errors.ts';
import { printable } from '../../core/log/printable.ts';

export interface StyledText {
  colour: 'dim' | 'green' | 'yellow' | 'red';
  text: string;
}
/** One line, or pieces of one. */
export type StyledLine = string | readonly (string | StyledText)[];

const CLEAR_LINE = '\r\u001b[K';

/** What is drawn anew below the messages, on a terminal. */
let status: StyledLine | undefined;

/** Prints a line of the result. */
export function printLine(line: StyledLine): void {
  aboveStatus(() => write(resultFd, `${render(line, resultFd)}\n`));
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Prints results beside a file that may be on standard output itself: then they are messages. */
export function linePrinter(output: string | undefined): (line: StyledLine) => void {
  return output !== undefined && descriptorNamed(output, 'output') === resultFd ? printMessage : printLine;
}

/** Prints lines of the result in the place of as many that were printed before. */
export function reprintLines(lines: readonly StyledLine[], before: number): void {
  const up = before > 0 ? `\u001b[${before}A\u001b[J` : '';
  write(resultFd, `${up}${lines.map((line) => `${render(line, resultFd)}\n`).join('')}`);
}

/** Prints a line for the person or log that watches. */
export function printMessage(line: StyledLine): void {
  aboveStatus(() => write(messageFd, `${render(line, messageFd)}\n`));
}

/** Keeps this line below the messages; undefined takes it away. For a terminal alone; what is wider than it is cut off. */
export function showStatus(line: StyledLine | undefined): void {
  if (line === undefined && status === undefined) return;
  status = line;
  const shown = line === undefined ? '' : render(cutTo(messageColumns() - 1, line), messageFd);
  write(messageFd, `${CLEAR_LINE}${shown}`);
}

/** A line that wraps could not be cleared. */
function cutTo(columns: number, line: StyledLine): StyledLine {
  let left = columns;
  return [line].flat().map((piece) => {
    const text = [...(typeof piece === 'string' ? piece : piece.text)].slice(0, left).join('');
    left -= text.length;
    return typeof piece === 'string' ? text : { ...piece, text };
  });
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

/** Columns of the terminal that the messages go to, which may change; 80 where there is none, or none that says. */
export function messageColumns(): number {
  if (!messagesAreWatched()) return 80;
  terminal ??= new WriteStream(messageFd);
  return terminal.getWindowSize()[0] || 80;
}

function render(line: StyledLine, fd: number): string {
  if (typeof line === 'string') return printable(line);
  const isColoured = hasColours(fd);
  const pieces = line.map((piece) => {
    if (typeof piece === 'string') return printable(piece);
    const text = printable(piece.text);
    // Node would ask descriptor 1, which is not where this goes.
    return isColoured ? styleText(piece.colour, text, { validateStream: false }) : text;
  });
  return pieces.join('');
}

/** As Node has it for its own streams: FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal. */
function hasColours(fd: number): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return !NO_COLOR && TERM !== 'dumb' && isatty(fd);
}

/** What a shell shows of a program that SIGPIPE (13) ended, which is what becomes of one whose reader has gone. */
export const EXIT_READER_GONE = 128 + 13;

let readerIsGone = false;
let leave = (): void => process.exit(EXIT_READER_GONE);

/** How to end when nobody reads what is printed any more (`| head`). Without it, the process ends at once. */
export function onReaderGone(end: () => void): void {
  leave = end;
}

/** @throws EarshotError `file_unwritable`, for results: a message that cannot be written can't be told to anybody either. */
function write(fd: number, text: string): void {
  if (readerIsGone) return;
  try {
    writeAll(fd, Buffer.from(text));
  } catch (error) {
    if (systemCode(error) === 'EPIPE') {
      readerIsGone = true;
      return leave();
    }
    if (fd === resultFd) throw outputError(outputName('-'), error);
  }
}
