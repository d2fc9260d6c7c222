/**
 * Publishes a build: `dist` is a symbolic link to the folder of the current build (`dist-Ab12Cd`). A new build is made in a new folder, and
 * the link is switched atomically when it is complete: no process sees an incomplete build, even if two builds run at once. A running
 * command loads files from the folder that it was started from, which is deleted a day after it was replaced.
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

const RETENTION_MS = 24 * 3_600_000;
/** The suffix that mkdtemp appends. */
const SUFFIX = /^-[A-Za-z0-9]{6}$/;

/**
 * Lets `build` fill a new folder and replaces the current build with it. If the files are the same, nothing changes.
 *
 * @param {string} place path of the build
 * @param {(folder: string) => Promise<void>} build
 * @returns {Promise<string>} the folder of the current build
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
  // The retention time begins now.
  if (replaced !== undefined) touch(replaced);
  removeOld(place);
  return folder;
}

/** @returns {string | undefined} the target of the link */
function currentBuild(place) {
  try {
    const folder = join(dirname(place), readlinkSync(place));
    // The folder may be deleted while the link still exists.
    return existsSync(folder) ? folder : undefined;
  } catch {
    // No build yet, or a real folder, made by an earlier version.
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
    // A real folder, made by an earlier version.
    moveAside(place);
  }
}

function moveAside(place) {
  const aside = mkdtempSync(`${place}-`);
  try {
    renameSync(place, aside);
  } catch (error) {
    rmdirSync(aside);
    // Another build has already moved it.
    if (error.code !== 'EISDIR' && error.code !== 'ENOENT') throw error;
  }
}

/** Restarts the retention time. Another build may have deleted the folder meanwhile. */
function touch(folder) {
  try {
    const now = new Date();
    utimesSync(folder, now, now);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

/** Deletes replaced builds, also the incomplete folders of killed ones. */
function removeOld(place) {
  const parent = dirname(place);
  const current = basename(currentBuild(place) ?? '');
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(basename(place)) || !SUFFIX.test(name.slice(basename(place).length)) || name === current)
      continue;
    const stat = lstatSync(join(parent, name), { throwIfNoEntry: false });
    if (stat && Date.now() - stat.mtimeMs > RETENTION_MS) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/** A digest of the names and contents of all files. */
function digest(folder) {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const bytes = readFileSync(path);
    hash.update(`${path.slice(folder.length)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}
