/**
 * Where a command writes. Standard output belongs to results alone; what is meant for people (log, progress, errors) goes
 * to standard error.
 *
 * Native libraries write to descriptors 1 and 2 from C. So `bin/earshot` starts Node with those filtered, and the real
 * standard output and error on others, named in EARSHOT_STDOUT and EARSHOT_STDERR.
 */
import { writeSync } from 'node:fs';
import { isatty, WriteStream } from 'node:tty';

const resultFd = Number(process.env.EARSHOT_STDOUT ?? 1);
const messageFd = Number(process.env.EARSHOT_STDERR ?? 2);

/** Prints a line of the result. */
export function printLine(line: string): void {
  write(resultFd, `${line}\n`);
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Writes to the person or log that watches, as it is. */
export function writeMessage(text: string): void {
  write(messageFd, text);
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
