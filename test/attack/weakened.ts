/**
 * The program with a defence taken out that is no limit and has no switch: a copy of the source in which some text is replaced, built.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Weakening {
  file: string;
  /** Occurs once in it. */
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

/** The file's text with the defence taken out. @throws when the text to replace is not there once */
export function weakenedText({ file, from, to }: Weakening): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} does not have this once: ${from}`);
  return text.replace(from, () => to);
}

export async function buildWeakened(weakenings: readonly Weakening[]): Promise<WeakenedProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-weakened-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const name of SOURCE) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const weakening of weakenings) writeFileSync(join(folder, weakening.file), weakenedText(weakening));
    await promisify(execFile)(process.execPath, [join(folder, 'deploy/build.mjs')]);
    return { command: join(folder, 'bin/earshot'), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
