/**
 * The folder for the spool files of a gateway's turns. Files of an earlier gateway process are removed.
 */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorFields } from '../../src/core/errors.ts';
import { ChunkPool } from '../../src/core/files/chunk-pool.ts';
import { withDiskErrors } from '../../src/core/files/disk-errors.ts';
import { openPrivateFolder } from '../../src/core/files/private-folder.ts';
import { createSpool, type Spool } from '../../src/core/files/spool.ts';
import { spoolFiles } from '../../src/core/files/spool-files.ts';
import type { Log } from '../../src/core/log/log.ts';

const EXTENSION = '.spool';
/** 512 KB. */
const MOST_SPARE_CHUNKS = 64;

export interface Spools {
  /** @param burst how many times its memory limit a spool may use while it waits for a slow disk */
  create(burst: number): Spool;
}

export interface SpoolFolderOptions {
  folder: string;
  /** Bytes of each that stay in memory; Infinity: all. */
  memoryBytes: number;
  log: Log;
}

/** @throws EarshotError `store_failed` when the folder cannot be used. */
export function openSpoolFolder({ folder, memoryBytes, log }: SpoolFolderOptions): Spools {
  let made = 0;
  const pool = new ChunkPool(MOST_SPARE_CHUNKS);
  openPrivateFolder(folder);
  withDiskErrors(folder, () => {
    for (const name of readdirSync(folder)) if (name.endsWith(EXTENSION)) rmSync(join(folder, name), { force: true });
  });
  return {
    create: (burst) =>
      createSpool({
        files: spoolFiles,
        memoryBytes,
        burstBytes: burst * memoryBytes,
        pool,
        path: () => join(folder, `${++made}${EXTENSION}`),
        onError: (error) => log.warn('a spool file could not be removed', errorFields(error)),
      }),
  };
}

/** Spools that stay in memory, for in-process connections and tests. A recorder can still save them. */
export const memorySpools: Spools = {
  create: () =>
    createSpool({
      files: spoolFiles,
      memoryBytes: Number.POSITIVE_INFINITY,
      burstBytes: Number.POSITIVE_INFINITY,
      path: () => '',
      onError() {},
    }),
};
