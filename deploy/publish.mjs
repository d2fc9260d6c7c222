/**
 * Where a build is looked for (`dist`) there is a symbolic link to it (`dist-Ab12Cd`). A new build is made in a folder of its own, and
 * the link is switched in one step when it is whole: nobody ever sees half of one, also when two builds run at once. A command
 * that runs loads from the folder that it was started from, which stays for a day after it was replaced.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

const KEPT_MS = 24 * 3_600_000;
/** What mkdtemp appends. */
const SUFFIX = /^-[A-Za-z0-9]{6}$/;

/**
 * Lets `build` fill a new folder and puts it in the place of what is there. The same files again change nothing.
 *
 * @param {string} place where the build is looked for
 * @param {(folder: string) => Promise<void>} build
 * @returns {Promise<string>} the folder that is in place now
 */
export async function publish(place, build) {
  mkdirSync(dirname(place), { recursive: true });
  const folder = mkdtempSync(`${place}-`);
  try {
    chmodSync(folder, 0o755);
    await build(folder);
    const current = currentBuild(place);
    if (current !== undefined && digest(current) === digest(folder)) {
      rmSync(folder, { recursive: true });
      return current;
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const replaced = currentBuild(place);
  switchTo(place, folder);
  // The day begins now.
  if (replaced !== undefined) touch(replaced);
  removeOld(place);
  return folder;
}

/** @returns {string | undefined} the folder that the link names */
function currentBuild(place) {
  try {
    const folder = join(dirname(place), readlinkSync(place));
    // Somebody may have removed it, and left the link.
    return existsSync(folder) ? folder : undefined;
  } catch {
    // Nothing there yet, or a folder, as earlier versions made it.
    return undefined;
  }
}

function switchTo(place, folder) {
  const link = `${folder}.link`;
  symlinkSync(basename(folder), link);
  for (;;) {
    try {
      return renameSync(link, place);
    } catch (error) {
      if (error.code !== 'EISDIR') throw error;
    }
    // A folder, as earlier versions made it.
    moveAside(place);
  }
}

function moveAside(place) {
  const aside = mkdtempSync(`${place}-`);
  try {
    renameSync(place, aside);
  } catch (error) {
    rmdirSync(aside);
    // Another build was faster.
    if (error.code !== 'EISDIR' && error.code !== 'ENOENT') throw error;
  }
}

/** Another build may have removed it meanwhile: then there is nothing to keep. */
function touch(folder) {
  try {
    const now = new Date();
    utimesSync(folder, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/** Also what a killed build has left. */
function removeOld(place) {
  const parent = dirname(place);
  const current = basename(currentBuild(place) ?? '');
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(basename(place)) || !SUFFIX.test(name.slice(basename(place).length)) || name === current)
      continue;
    const stat = lstatSync(join(parent, name), { throwIfNoEntry: false });
    if (stat && Date.now() - stat.mtimeMs > KEPT_MS) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** Of the names and bytes of all files. */
function digest(folder) {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const bytes = readFileSync(path);
    hash.update(`${path.slice(folder.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
