/**
 * Where an embedded cloud lives, and what it keeps over a restart besides its data: its key and its port, so that file addresses and keys
 * that were given out stay valid.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedCloudFolder, queueFolder } from '../core/files/paths.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';
import { openPrivateFolder } from '../core/files/private-folder.ts';
import { keptSecret } from '../core/files/secret-file.ts';
import { makeTemporaryFolder } from '../core/files/temporary-folder.ts';

export interface EmbeddedHome {
  /** Of the cloud's data. */
  folder: string;
  /** Of the records that wait for it. */
  queue: string;
  isEphemeral: boolean;
  gatewayKey: string;
  /** The port of its last start; 0: none yet. */
  port: number;
  keepPort(port: number): void;
  /** Deletes what is not to last. */
  leave(): void;
}

/**
 * In the state folder of its gateway, or for an ephemeral one in a temporary folder.
 *
 * @throws EarshotError `store_failed`, `store_full`
 */
export function openEmbeddedHome(state: string, isEphemeral: boolean): EmbeddedHome {
  const temporary = isEphemeral ? makeTemporaryFolder('cloud') : undefined;
  const home = temporary?.path ?? state;
  const folder = embeddedCloudFolder(home);
  openPrivateFolder(folder);
  const portFile = join(folder, 'port');
  return {
    folder,
    queue: queueFolder(home),
    isEphemeral,
    gatewayKey: keptSecret(join(folder, 'gateway-key'), 'base64url'),
    port: readPort(portFile),
    keepPort: (port) => replacePrivateFile(portFile, `${port}\n`),
    leave: () => temporary?.remove(),
  };
}

/** 0 where there is none, or nothing that could be one: then it gets any free port. */
function readPort(path: string): number {
  try {
    const port = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0;
  } catch {
    return 0;
  }
}
