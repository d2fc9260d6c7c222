/**
 * The versions of Earshot on a device, as deploy/install.sh lays them out:
 *
 *     /opt/earshot/versions/0.1.0   one folder for each version
 *     /opt/earshot/current          link to the one that runs
 *     /opt/earshot/previous         link to the one before
 */
import { existsSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EarshotError } from '../core/errors.ts';
import { withDiskErrors } from '../core/files/disk-errors.ts';

/** semver.org, without build metadata: it becomes the name of a folder. */
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(-[0-9A-Za-z-]{1,40}(\.[0-9A-Za-z-]{1,40}){0,4})?$/;

/** @throws EarshotError `usage` */
export function checkVersion(text: string): string {
  if (VERSION.test(text)) return text;
  throw new EarshotError('usage', `${text.slice(0, 40)} is not a version`, 'Write it like 0.2.0.');
}

export class Installation {
  readonly folder: string;

  /** @throws EarshotError `update_unavailable` where no service is installed */
  constructor(folder: string) {
    this.folder = folder;
    if (this.#target('current') !== undefined) return;
    throw new EarshotError(
      'update_unavailable',
      `There is no service of Earshot in ${folder}`,
      'A package of npm is updated by npm install --global earshot@latest, a clone by git pull and npm ci.',
    );
  }

  /** The version that runs. */
  get current(): string {
    return this.#target('current') ?? '';
  }

  /** The one before; undefined when there is none. */
  get previous(): string | undefined {
    return this.#target('previous');
  }

  folderOf(version: string): string {
    return join(this.folder, 'versions', version);
  }

  /** An unfinished version. It is deleted by the next update. */
  unfinishedFolder(version: string): string {
    return join(this.folder, 'versions', `.${version}.part`);
  }

  /** Where downloads are kept until they are complete. */
  get downloads(): string {
    return join(this.folder, 'downloads');
  }

  /**
   * `version` runs from the next start on. A crash leaves either version, complete.
   * @returns undoes it
   * @throws EarshotError `store_failed`, `store_full`
   */
  switchTo(version: string): () => void {
    const { current, previous } = this;
    this.#link('previous', current);
    this.#link('current', version);
    return () => {
      this.#link('current', current);
      if (previous === undefined) rmSync(join(this.folder, 'previous'), { force: true });
      else this.#link('previous', previous);
    };
  }

  /** Deletes versions other than the current and the previous one, and unfinished ones. */
  removeOthers(): void {
    const kept = [this.current, this.previous];
    const versions = join(this.folder, 'versions');
    for (const name of readdirSync(versions)) {
      if (!kept.includes(name)) rmSync(join(versions, name), { recursive: true, force: true });
    }
    rmSync(this.downloads, { recursive: true, force: true });
  }

  #target(link: string): string | undefined {
    try {
      const version = basename(readlinkSync(join(this.folder, link)));
      return existsSync(this.folderOf(version)) ? version : undefined;
    } catch {
      // No link: the version is not there.
      return undefined;
    }
  }

  #link(name: string, version: string): void {
    const path = join(this.folder, name);
    withDiskErrors(path, () => {
      const link = `${path}.new`;
      rmSync(link, { force: true });
      symlinkSync(join('versions', version), link);
      renameSync(link, path);
    });
  }
}
