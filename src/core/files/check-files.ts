/**
 * Checks the files of a command line before anything is read or written: no output is also an input or another output, no standard
 * stream is used twice, and no audio is read from or written to a terminal.
 */
import { isatty } from 'node:tty';
import { EarshotError } from '../errors.ts';
import { descriptorNamed, inputName, outputName, resultFd, statusOf } from './descriptors.ts';
import { identify, identity } from './file-identity.ts';

export interface NamedFiles {
  inputs: readonly (string | undefined)[];
  outputs: readonly (string | undefined)[];
  /** The command prints results on standard output, so no file can be written there. */
  printsJson?: boolean;
}

/** @throws EarshotError `usage` */
export function checkFiles({ inputs, outputs, printsJson = false }: NamedFiles): void {
  const read = named(inputs, 'input');
  const written = named(outputs, 'output');
  checkStandardInput(read);
  checkStandardOutput(written, printsJson);
  for (const [i, output] of written.entries()) {
    if (output.file === undefined) continue;
    const input = read.find(({ file }) => file === output.file);
    if (input) throw overwritten(input, output);
    const other = written.slice(i + 1).find(({ file }) => file === output.file);
    if (other)
      throw new EarshotError('usage', `${output.path} and ${other.path} are the same file`, 'Name another one.');
  }
}

/** Several files need a folder, not a stream. @throws EarshotError `usage` */
export function checkFolder(path: string | undefined): void {
  if (path === '-') throw new EarshotError('usage', 'Several files cannot go to standard output', 'Name a folder.');
}

interface NamedFile {
  path: string;
  /** The descriptor of a standard stream. */
  fd: number | undefined;
  /** Equal for the same file under different names. Undefined for a pipe or a device. */
  file: string | undefined;
}

function named(paths: readonly (string | undefined)[], way: 'input' | 'output'): NamedFile[] {
  return paths.flatMap((path) => {
    if (path === undefined) return [];
    const fd = descriptorNamed(path, way);
    return [{ path, fd, file: fd === undefined ? identify(path) : identity(statusOf(fd)) }];
  });
}

function overwritten(input: NamedFile, output: NamedFile): EarshotError {
  const [from, to] = [inputName(input.path), outputName(output.path)];
  const same = from === to ? 'it is read' : `it is the same file as ${from}, which is read`;
  return new EarshotError('usage', `${to} is not written: ${same}`, 'Name another file for the output.');
}

function checkStandardInput(read: NamedFile[]): void {
  const streams = read.filter(({ fd }) => fd !== undefined);
  if (streams.length > 1)
    throw new EarshotError('usage', 'Standard input can be read once', 'Name a file for the other.');
  if (streams.some(({ fd }) => fd !== undefined && isatty(fd))) {
    const hint = 'Send a file into it: earshot … - < FILE.';
    throw new EarshotError('usage', 'Standard input is a terminal: there is nothing to read in it', hint);
  }
}

function checkStandardOutput(written: NamedFile[], printsJson: boolean): void {
  const streams = written.filter(({ fd }) => fd !== undefined);
  if (streams.length > 1) throw new EarshotError('usage', 'Standard output can take one file', 'Name the other.');
  if (streams.some(({ fd }) => fd !== undefined && isatty(fd))) {
    const hint = 'Send it into a file or a program: earshot … > FILE.';
    throw new EarshotError('usage', 'Sound is not written to a terminal', hint);
  }
  if (printsJson && streams.some(({ fd }) => fd === resultFd)) {
    throw new EarshotError(
      'usage',
      'Standard output can take the file or the JSON',
      'Name a file, or leave --json out.',
    );
  }
}
