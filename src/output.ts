/**
 * Where a command's result goes. Standard output belongs to results alone; everything else (log, progress, what native
 * libraries print from C) goes to standard error.
 *
 * PortAudio and naudiodon print to file descriptor 1. So `bin/earshot` starts Node with descriptor 1 pointing to standard
 * error and the real standard output on another, named in EARSHOT_STDOUT.
 */
import { fstatSync, writeSync } from 'node:fs';

const resultFd = Number(process.env.EARSHOT_STDOUT ?? 1);

/** Prints a line of the result. Waits for a slow reader; a reader that has gone (`| head`) ends the process quietly. */
export function printLine(line: string): void {
  let bytes = Buffer.from(`${line}\n`);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(resultFd, bytes));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
    }
  }
}

export function printJson(value: unknown): void {
  printLine(JSON.stringify(value));
}

/** Whether the result is read by a person on a terminal. */
export function resultIsTerminal(): boolean {
  return fstatSync(resultFd).isCharacterDevice() && process.stderr.isTTY === true;
}
