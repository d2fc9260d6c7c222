/** The files of spools, in the file system of the operating system. */
import { open, rm } from 'node:fs/promises';
import { publishFile } from './atomic-write.ts';
import { PRIVATE_FILE } from './private-files.ts';
import type { SpoolFiles } from './spool.ts';

export const spoolFiles: SpoolFiles = {
  async create(path, replace) {
    const handle = await open(path, replace ? 'w+' : 'wx+', PRIVATE_FILE.mode);
    return {
      writev: (pieces, at) => handle.writev(pieces, at),
      read: (bytes, offset, length, at) => handle.read(bytes, offset, length, at),
      publish: (as) => publishFile(handle.fd, path, as),
      close: () => handle.close(),
    };
  },
  remove: (path) => rm(path, { force: true }),
};
