/**
 * Installs a release of the Convex backend: fetched or given as a file, checked against a SHA-256, then unpacked. What was in use stays
 * until the new one is complete.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { EarshotError } from '../../core/errors.ts';
import { diskError } from '../../core/files/disk-errors.ts';
import { discardDownload, download } from '../../core/files/download.ts';
import { inputError } from '../../core/files/file-errors.ts';
import { replacePrivateFile } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { extractFile } from './archive.ts';
import { type BackendLayout, openBackendFolders } from './layout.ts';
import { PROGRAM_NAME, type Release } from './release.ts';

const PROGRAM_MODE = 0o700;
const acceptedShape = v.record(v.string(), v.string());

export interface InstallOptions {
  layout: BackendLayout;
  release: Release;
  /** The archive, if it is here already. */
  file?: string;
  /** What the user says that the archive's SHA-256 is. */
  sha256?: string;
  /** An archive whose SHA-256 nobody knows is accepted, and the SHA-256 recorded for the next time. */
  trustFirstUse: boolean;
  onProgress(what: string, share: number | undefined, bytes: number): void;
}

export interface Installed {
  version: string;
  program: string;
  sha256: string;
  /** How the archive was checked. */
  checked: 'known' | 'given' | 'recorded' | 'first use';
}

/** @throws EarshotError `download_failed`, `archive_unverified`, `archive_invalid`, `file_not_found`, `store_failed`, `store_full` */
export async function installBackend(options: InstallOptions): Promise<Installed> {
  const { layout, release, file, onProgress } = options;
  openBackendFolders(layout);
  const downloaded = join(layout.downloads, `${release.version}-${release.archive}`);
  const archive = file ?? downloaded;
  if (file === undefined) {
    const show = (bytes: number, total: number | undefined) =>
      onProgress('downloading', total === undefined ? undefined : bytes / total, bytes);
    await download({ url: release.url, path: downloaded, onProgress: show });
  }
  const sha256 = await sha256Of(archive, (share, bytes) => onProgress('checking', share, bytes));
  const checked = check(options, sha256, archive);
  await unpack(layout, release.version, archive, options);
  replacePrivateFile(layout.current, `${release.version}\n`, 'all');
  record(layout, release, sha256);
  discardDownload(downloaded);
  return { version: release.version, program: layout.program(release.version), sha256, checked };
}

/** Nothing is unpacked before this. */
function check(
  { layout, release, file, sha256: given, trustFirstUse }: InstallOptions,
  found: string,
  archive: string,
): Installed['checked'] {
  const recorded = readAccepted(layout)[nameOf(release)];
  const wanted = release.sha256 ?? given ?? recorded;
  if (given !== undefined && release.sha256 !== undefined && given !== release.sha256) {
    throw new EarshotError(
      'archive_unverified',
      `The SHA-256 that was given is not the one of ${release.archive} of ${release.version}`,
      `It is ${release.sha256}.`,
    );
  }
  if (wanted === undefined) {
    if (trustFirstUse) return 'first use';
    throw new EarshotError(
      'archive_unverified',
      `The SHA-256 of ${archive} is ${found}, and Earshot has none to compare it with: nothing was installed`,
      `Compare it with the one on the page of the release (${pageOf(release)}), then run this again with --sha256 ${found}. Or accept it: --trust-first-use.`,
    );
  }
  if (wanted !== found) {
    // One of the user's own stays.
    if (file === undefined) discardDownload(archive);
    throw new EarshotError(
      'archive_unverified',
      `${archive} is not what it should be: its SHA-256 is ${found}, not ${wanted}`,
      file === undefined ? 'It was deleted. Download it again.' : 'Download it again, and check where it comes from.',
    );
  }
  return release.sha256 !== undefined ? 'known' : given !== undefined ? 'given' : 'recorded';
}

async function unpack(
  layout: BackendLayout,
  version: string,
  archive: string,
  { onProgress }: Pick<InstallOptions, 'onProgress'>,
): Promise<void> {
  onProgress('unpacking', undefined, 0);
  const program = layout.program(version);
  openPrivateFolder(join(program, '..'));
  const part = `${program}.part`;
  try {
    await extractFile(archive, PROGRAM_NAME, part, PROGRAM_MODE);
    renameSync(part, program);
  } catch (error) {
    rmSync(part, { force: true });
    throw diskError(program, error);
  }
}

async function sha256Of(path: string, onProgress: (share: number, bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const total = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const stream = createReadStream(path);
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      onProgress(bytes / total, bytes);
    }
  } catch (error) {
    throw inputError(path, error, 'ZIP archive of a release');
  }
  return hash.digest('hex');
}

/** SHA-256 that this user has accepted before. */
function readAccepted({ accepted }: BackendLayout): Record<string, string> {
  if (!existsSync(accepted)) return {};
  try {
    return v.parse(acceptedShape, JSON.parse(readFileSync(accepted, 'utf8')));
  } catch (cause) {
    throw new EarshotError(
      'store_failed',
      `${accepted} is damaged: it has the SHA-256 of archives that were accepted`,
      'Delete it, and give the SHA-256 again.',
      { cause },
    );
  }
}

function record(layout: BackendLayout, release: Release, sha256: string): void {
  const all = { ...readAccepted(layout), [nameOf(release)]: sha256 };
  replacePrivateFile(layout.accepted, `${JSON.stringify(all, null, 2)}\n`, 'content');
}

function nameOf({ version, archive }: Release): string {
  return `${version}/${archive}`;
}

function pageOf({ url, version }: Release): string {
  return url.replace(/\/download\/.*$/, `/tag/${version}`);
}
