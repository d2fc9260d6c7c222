/**
 * The program without a defence that is not a limit and has no switch: a copy of the source with replaced text, built.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Weakening {
  file: string;
  /** Occurs exactly once in the file. */
  from: string;
  to: string;
}

export interface WeakenedProgram {
  /** Its `bin/earshot`. */
  command: string;
  remove(): void;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = ['actors', 'assets', 'bin', 'convex', 'deploy', 'machines', 'src', 'package.json', 'tsconfig.json'];

export function originalText(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The file's text without the defence. @throws when the text to replace does not occur exactly once */
export function weakenedText(weakening: Weakening): string {
  return replaced(originalText(weakening.file), weakening);
}

function replaced(text: string, { file, from, to }: Weakening): string {
  if (text.split(from).length !== 2) throw new Error(`${file} does not contain this exactly once: ${from}`);
  return text.replace(from, () => to);
}

export interface SourceCopy {
  folder: string;
  remove(): void;
}

/** The source with replaced text, in a folder of its own; `also` names further files and folders. */
export function copyWeakened(weakenings: readonly Weakening[], also: readonly string[] = []): SourceCopy {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-weakened-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const name of [...SOURCE, ...also]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const weakening of weakenings) {
      const file = join(folder, weakening.file);
      writeFileSync(file, replaced(readFileSync(file, 'utf8'), weakening));
    }
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

export async function buildWeakened(weakenings: readonly Weakening[]): Promise<WeakenedProgram> {
  const { folder, remove } = copyWeakened(weakenings);
  try {
    await promisify(execFile)(process.execPath, [join(folder, 'deploy/build.mjs')]);
    return { command: join(folder, 'bin/earshot'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
