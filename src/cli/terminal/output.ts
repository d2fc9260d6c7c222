/**
 * The output of all commands. Standard output is for results only; log, progress and errors go to standard error. Everything
 * passes through here, line by line: external text may contain control characters, and they are shown as text, never sent to the
 * terminal (src/core/log/printable.ts). Only this file adds colours and the status line.
 */
import { isatty, WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { systemCode } from '../../core/errors.ts';
import { descriptorNamed, messageFd, outputName, resultFd, writeAll } from '../../core/files/descriptors.ts';
import { outputError } from '../../core/files/file-errors.ts';
import { printable } from '../../core/log/printable.ts';
import { isoTime } from '../../core/time/iso-time.ts';

export interface StyledText {
  colour: 'dim' | 'green' | 'yellow' | 'red';
  text: string;
}
/** One line, or pieces of one. */
export type StyledLine = string | readonly (string | StyledText)[];

const CLEAR_LINE = '\r\u001b[K';

/** The line below the messages on a terminal. */
let status: StyledLine | undefined;

/** Prints a line of the result. */
export function printLine(line: StyledLine): void {
  aboveStatus(() => write(resultFd, `${render(line, resultFd)}\n`));
}

/**
 * Prints JSON in one line; docs/schemas/ has its schema for each command. A key that ends in “At”, or is “at”, is a time: it is written as
 * ISO 8601, not in ms since 1970.
 */
export function printJson(value: unknown): void {
  printLine(JSON.stringify(value, (key, each) => (TIME.test(key) && typeof each === 'number' ? isoTime(each) : each)));
}

const TIME = /^at$|[a-z]At$/;

/** Prints results; to standard error if the output file is standard output. */
export function linePrinter(output: string | undefined): (line: StyledLine) => void {
  return output !== undefined && descriptorNamed(output, 'output') === resultFd ? printMessage : printLine;
}

/** Prints lines of the result, replacing the last `before` lines. */
export function reprintLines(lines: readonly StyledLine[], before: number): void {
  const up = before > 0 ? `\u001b[${before}A\u001b[J` : '';
  write(resultFd, `${up}${lines.map((line) => `${render(line, resultFd)}\n`).join('')}`);
}

/** Prints a line to standard error, above the status line. */
export function printMessage(line: StyledLine): void {
  aboveStatus(() => write(messageFd, `${render(line, messageFd)}\n`));
}

/** Shows this line below the messages; undefined removes it. For a terminal only; a line that is too wide is cut. */
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

/** Whether the results go to a terminal: then they may be redrawn. */
export function isResultTerminal(): boolean {
  return isatty(resultFd);
}

/** Whether the messages go to a terminal. */
export function isMessageTerminal(): boolean {
  return isatty(messageFd);
}

const terminals = new Map<number, WriteStream>();

/** Current width of the messages' terminal in columns; without a terminal COLUMNS, or 80. */
export function messageColumns(): number {
  return columnsOf(messageFd);
}

/** The same for the results. */
export function resultColumns(): number {
  return columnsOf(resultFd);
}

/** The width that texts among the results have to fit; what is not for a terminal keeps its lines. */
export function textColumns(): number {
  return isResultTerminal() ? resultColumns() : Number.POSITIVE_INFINITY;
}

function columnsOf(fd: number): number {
  const told = Number(process.env.COLUMNS) || 80;
  if (!isatty(fd)) return told;
  const terminal = terminals.get(fd) ?? new WriteStream(fd);
  terminals.set(fd, terminal);
  return terminal.getWindowSize()[0] || told;
}

function render(line: StyledLine, fd: number): string {
  if (typeof line === 'string') return printable(line);
  const isColoured = hasColours(fd);
  const pieces = line.map((piece) => {
    if (typeof piece === 'string') return printable(piece);
    const text = printable(piece.text);
    // Node would check descriptor 1, but this goes elsewhere.
    return isColoured ? styleText(piece.colour, text, { validateStream: false }) : text;
  });
  return pieces.join('');
}

/** The same rules as Node's own streams: FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal. */
function hasColours(fd: number): boolean {
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return !NO_COLOR && TERM !== 'dumb' && isatty(fd);
}

/** A shell's exit code for a program that SIGPIPE (13) ended. Used when the reader of the output has closed the pipe. */
export const EXIT_READER_GONE = 128 + 13;

let readerIsGone = false;
let handleReaderGone = (): void => process.exit(EXIT_READER_GONE);

/** Sets what happens when the reader of the output closes the pipe (`| head`). By default, the process ends at once. */
export function onReaderGone(end: () => void): void {
  handleReaderGone = end;
}

/** @throws EarshotError `file_unwritable`, for results only: a failure to write messages cannot be reported anywhere. */
function write(fd: number, text: string): void {
  if (readerIsGone) return;
  try {
    writeAll(fd, Buffer.from(text));
  } catch (error) {
    if (systemCode(error) === 'EPIPE') {
      readerIsGone = true;
      return handleReaderGone();
    }
    if (fd === resultFd) throw outputError(outputName('-'), error);
  }
}
