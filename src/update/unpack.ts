/** Unpacks a device's bundle. Every name in it is checked: nothing is written outside of the folder. */
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { EarshotError, messageOf, systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { readTar } from '../models/tar.ts';

/** The bundle has 9 MB, in 60 files. */
const MAX_BYTES = 256 << 20;
const MAX_FILES = 10_000;
const EXECUTABLE = /^(bin\/[^/]+|deploy\/[^/]+\.sh)$/;

/** @throws EarshotError `archive_invalid`, `store_failed`, `store_full` */
export async function unpackBundle(tarball: string, folder: string): Promise<void> {
  const source = createReadStream(tarball);
  const unpacked = createGunzip();
  // An error of one is passed on to the other, which the loop reads.
  pipeline(source, unpacked).catch(() => undefined);
  let bytes = 0;
  let files = 0;
  try {
    for await (const file of readTar(unpacked)) {
      bytes += file.bytes;
      files += 1;
      if (bytes > MAX_BYTES || files > MAX_FILES) throw invalid(tarball, 'it is too large');
      const name = relativeName(tarball, file.path);
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      const mode = EXECUTABLE.test(name) ? 0o755 : 0o644;
      await pipeline(Readable.from(file.content), createWriteStream(path, { mode, flags: 'wx' }));
    }
  } catch (cause) {
    if (cause instanceof EarshotError) throw cause;
    const code = systemCode(cause) ?? '';
    if (code.startsWith('Z_') || code === 'EEXIST') throw invalid(tarball, messageOf(cause), cause);
    throw diskError(folder, cause);
  } finally {
    source.destroy();
    unpacked.destroy();
  }
}

/** Without the first folder, as npm's own archives have one. */
function relativeName(tarball: string, path: string): string {
  const parts = path.split('/').slice(1);
  if (parts.length === 0 || parts.some((part) => ['', '.', '..'].includes(part)) || /[\0\\]/.test(path)) {
    throw invalid(tarball, `it has a file with the name ${JSON.stringify(path).slice(0, 80)}`);
  }
  return parts.join('/');
}

function invalid(tarball: string, reason: string, cause?: unknown): EarshotError {
  return new EarshotError('archive_invalid', `${tarball} cannot be unpacked: ${reason}`, 'Fetch it again.', { cause });
}
