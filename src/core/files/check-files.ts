/**
 * Checks the files of a command line before anything is read or written: each input exists, each output has a folder, no output is also an
 * input or another output, no standard stream is used twice, and no audio is read from or written to a terminal.
 */
import { type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { EarshotError, systemCode } from '../errors.ts';
import { descriptorNamed, inputName, outputName, resultFd, statusOf } from './descriptors.ts';
import { inputError, outputError } from './file-errors.ts';
import { identify, identity, resolveLinks } from './file-identity.ts';

export interface NamedFiles {
  inputs: readonly (string | undefined)[];
  outputs: readonly (string | undefined)[];
  /** The command prints results on standard output, so no file can be written there. */
  printsJson?: boolean;
  /** The command makes the folder of its outputs. */
  makesFolder?: boolean;
}

/** @throws EarshotError `usage`, `file_not_found` */
export function checkFiles({ inputs, outputs, printsJson = false, makesFolder = false }: NamedFiles): void {
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
      throw new EarshotError('usage', `${output.path} and ${other.path} are the same file`, 'Give another file.');
  }
  for (const { path, fd } of read) if (fd === undefined) checkInput(path);
  if (makesFolder) return;
  for (const { path, fd } of written) if (fd === undefined) checkOutput(path);
}

/** Several files need a folder, not a stream. @throws EarshotError `usage` */
export function checkFolder(path: string | undefined): void {
  if (path === '-')
    throw new EarshotError('usage', 'Several files cannot be written to standard output', 'Give a folder.');
}

/** What else may be wrong with it is found when it is read. @throws EarshotError `file_not_found`, `usage` */
function checkInput(path: string): void {
  const found = examine(path);
  if (found instanceof Error) {
    const missing = inputError(path, found);
    if (missing.code === 'file_not_found') throw missing;
  } else if (found.isDirectory()) throw asUsage(inputError(path, systemError('EISDIR')));
}

/** What else may be wrong with it is found when it is written. @throws EarshotError `usage` */
function checkOutput(path: string): void {
  const found = examine(path);
  if (!(found instanceof Error)) {
    if (found.isDirectory()) throw asUsage(outputError(path, systemError('EISDIR')));
    return;
  }
  if (!hasFolder(path, found)) throw asUsage(outputError(path, systemError('ENOENT')));
}

/** @param cause why the file itself is not there */
function hasFolder(path: string, cause: Error): boolean {
  const code = systemCode(cause);
  if (code !== 'ENOENT') return code !== 'ENOTDIR';
  return !(examine(dirname(resolveLinks(resolve(path)))) instanceof Error);
}

function examine(path: string): Stats | Error {
  try {
    return statSync(path);
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** As the system would say it. */
function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function asUsage({ message, hint }: EarshotError): EarshotError {
  return new EarshotError('usage', message, hint);
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
  const same = from === to ? 'it is an input' : `it is the same file as ${from}, which is an input`;
  return new EarshotError('usage', `${to} is not written: ${same}`, 'Give another file for the output.');
}

function checkStandardInput(read: NamedFile[]): void {
  const streams = read.filter(({ fd }) => fd !== undefined);
  if (streams.length > 1)
    throw new EarshotError('usage', 'Standard input can be read only once', 'Give a file for the other input.');
  if (streams.some(({ fd }) => fd !== undefined && isatty(fd))) {
    const hint = 'Redirect a file into it: earshot … - < FILE.';
    throw new EarshotError('usage', 'Standard input is a terminal: it has no audio', hint);
  }
}

function checkStandardOutput(written: NamedFile[], printsJson: boolean): void {
  const streams = written.filter(({ fd }) => fd !== undefined);
  if (streams.length > 1)
    throw new EarshotError('usage', 'Standard output can contain only one file', 'Give a file for the other output.');
  if (streams.some(({ fd }) => fd !== undefined && isatty(fd))) {
    const hint = 'Redirect it to a file or a program: earshot … > FILE.';
    throw new EarshotError('usage', 'Audio is not written to a terminal', hint);
  }
  if (printsJson && streams.some(({ fd }) => fd === resultFd)) {
    throw new EarshotError(
      'usage',
      'Standard output can contain either the file or the JSON',
      'Give a file, or omit --json.',
    );
  }
}
