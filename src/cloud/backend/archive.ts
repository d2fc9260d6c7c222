/**
 * Takes one file out of the ZIP archive of a release, after the archive's SHA-256 was checked.
 */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Entry, ZipFile } from 'yauzl';
import { EarshotError, messageOf, systemCode } from '../../core/errors.ts';

/**
 * @param name of the file, in whichever folder of the archive it is
 * @throws EarshotError `archive_invalid`; the system's errors of the file that is written, by rejection
 */
export async function extractFile(archive: string, name: string, to: string, mode: number): Promise<void> {
  const { openPromise } = await import('yauzl');
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(archive, { autoClose: false });
    const entry = await find(zip, name);
    if (!entry) throw new Error(`it has no file ${name}`);
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to, { mode }));
  } catch (cause) {
    // Those of zlib begin with Z_.
    if (/^E/.test(systemCode(cause) ?? '')) throw cause;
    const message = `${archive} cannot be unpacked: ${messageOf(cause)}`;
    throw new EarshotError('archive_invalid', message, 'Download it again.', { cause });
  } finally {
    zip?.close();
  }
}

async function find(zip: ZipFile, name: string): Promise<Entry | undefined> {
  for await (const entry of zip.eachEntry()) if (entry.fileName.split('/').at(-1) === name) return entry;
  return undefined;
}
