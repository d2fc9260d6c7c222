/**
 * Updates the service of a device: the new version is unpacked beside the old one and tried, the link is switched, the service is started again. If it
 * does not get ready, the old version is back.
 */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError, messageOf } from '../core/errors.ts';
import { withDiskErrors } from '../core/files/disk-errors.ts';
import { discardDownload } from '../core/files/download.ts';
import { lockFileWhenFree } from '../core/files/file-lock.ts';
import { makeFolder } from '../core/files/make-folder.ts';
import { checkVersion, type Installation } from './installation.ts';
import { type DeviceRelease, fetchRelease, verify } from './release.ts';
import type { Service } from './service.ts';
import { unpackBundle } from './unpack.ts';

const TRIAL_TIMEOUT_MS = 30_000;

export type UpdateStep = 'downloading' | 'unpacking' | 'restarting';

export interface UpdateOptions {
  installation: Installation;
  service: Service;
  onStep?(step: UpdateStep, share?: number): void;
}

/** What runs now, and what ran before. */
export interface UpdateOutcome {
  version: string;
  before: string;
}

/** @throws EarshotError `update_failed` with the old version running again; those of fetching and unpacking, with nothing changed */
export function updateTo(release: DeviceRelease, options: UpdateOptions): Promise<UpdateOutcome> {
  const { installation, onStep } = options;
  return exclusively(options, async () => {
    if (release.version === installation.current) return await completeUpdate(options);
    const path = join(installation.downloads, `${release.version}.tgz`);
    await fetchRelease(release, path, (bytes, total) => onStep?.('downloading', total ? bytes / total : undefined));
    const outcome = await install(path, release.version, options);
    discardDownload(path);
    return outcome;
  });
}

/**
 * @param tarball a bundle of `npm run bundle`, or a device's package
 * @param integrity `sha512-BASE64`; undefined: the file is trusted
 */
export function updateFrom(
  tarball: string,
  integrity: string | undefined,
  options: UpdateOptions,
): Promise<UpdateOutcome> {
  return exclusively(options, async () => {
    if (!existsSync(tarball)) throw new EarshotError('file_not_found', `There is no file ${tarball}`, 'Check --from.');
    if (integrity !== undefined) await verify(tarball, integrity);
    return await install(tarball, undefined, options);
  });
}

/** Back to the version before. @throws EarshotError `usage`, `update_failed` */
export function rollBack(options: UpdateOptions): Promise<UpdateOutcome> {
  const { installation } = options;
  return exclusively(options, async () => {
    const { previous } = installation;
    if (previous === undefined) throw new EarshotError('usage', 'There is no version before this one', '');
    return await start(previous, options);
  });
}

/** One update at a time. Of versions, the current one and the one before stay, also where an update was interrupted. */
async function exclusively<T>({ installation, service }: UpdateOptions, work: () => Promise<T>): Promise<T> {
  await service.checkReplaceable();
  withDiskErrors(installation.folder, () => makeFolder(installation.downloads));
  const unlock = await lockFileWhenFree(join(installation.folder, '.lock'));
  try {
    return await work();
  } finally {
    installation.removeOthers();
    unlock();
  }
}

async function install(tarball: string, wanted: string | undefined, options: UpdateOptions): Promise<UpdateOutcome> {
  const { installation, onStep } = options;
  onStep?.('unpacking');
  const unfinished = installation.unfinishedFolder(wanted ?? 'new');
  rmSync(unfinished, { recursive: true, force: true });
  try {
    await unpackBundle(tarball, unfinished);
    // Others than root start it.
    chmodSync(unfinished, 0o755);
    const version = await tryVersion(unfinished, tarball);
    if (wanted !== undefined && version !== wanted) throw misfit(tarball, `it has version ${version}, not ${wanted}`);
    const folder = installation.folderOf(version);
    if (version === installation.current) return await completeUpdate(options);
    rmSync(folder, { recursive: true, force: true });
    withDiskErrors(folder, () => renameSync(unfinished, folder));
    return await start(version, options);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function start(version: string, { installation, service, onStep }: UpdateOptions): Promise<UpdateOutcome> {
  const before = installation.current;
  const run = async (each: string) => {
    await service.bringFiles(installation.folderOf(each));
    await service.restart();
  };
  onStep?.('restarting');
  const undo = installation.switchTo(version);
  try {
    await run(version);
    return { version, before };
  } catch (cause) {
    undo();
    const hint = cause instanceof EarshotError ? cause.hint : '';
    const failed = (rest: string) =>
      new EarshotError('update_failed', `Version ${version} does not get ready (${messageOf(cause)}); ${rest}`, hint, {
        cause,
      });
    await run(before).catch((error: unknown) => {
      throw failed(`version ${before} is back, and does not start either (${messageOf(error)})`);
    });
    throw failed(`version ${before} runs again`);
  }
}

/**
 * The version runs already. An update that was cut off after the link was switched, or that an older version did, which knew fewer of the system's
 * files, has not brought all of them.
 */
async function completeUpdate({ installation, service, onStep }: UpdateOptions): Promise<UpdateOutcome> {
  const { current } = installation;
  if (await service.bringFiles(installation.folderOf(current))) {
    onStep?.('restarting');
    await service.restart();
  }
  return { version: current, before: current };
}

/** Whether it is a device's bundle that runs here: its Node, its architecture. @returns its version */
async function tryVersion(folder: string, tarball: string): Promise<string> {
  const program = join(folder, 'bin/earshot');
  if (!existsSync(program) || !existsSync(join(folder, 'deploy/earshot.service'))) {
    throw misfit(tarball, 'it is not the bundle of a device');
  }
  const { os, cpu } = readManifest(folder, tarball);
  if ((os && !os.includes(process.platform)) || (cpu && !cpu.includes(process.arch))) {
    throw misfit(tarball, `it is for ${os} on ${cpu}, and this is ${process.platform} on ${process.arch}`);
  }
  const said = await new Promise<string>((resolve, reject) => {
    const { EARSHOT_STDOUT: _out, EARSHOT_STDERR: _err, ...environment } = process.env;
    execFile(program, ['--version'], { timeout: TRIAL_TIMEOUT_MS, env: environment }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trim());
      reject(misfit(tarball, `it does not run here: ${stderr.trim().split('\n').at(-1) || error.message}`));
    });
  });
  return checkVersion(said);
}

function readManifest(folder: string, tarball: string): { os?: string[]; cpu?: string[] } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch (cause) {
    throw misfit(tarball, `its package.json cannot be read (${messageOf(cause)})`);
  }
}

function misfit(tarball: string, reason: string): EarshotError {
  return new EarshotError('archive_invalid', `${tarball} cannot be installed: ${reason}`, 'Nothing was changed.');
}
