/**
 * Where everything of a Convex backend on this machine is, in the state folder: programs by version, data, secrets.
 */
import { join, resolve } from 'node:path';
import { backendFolder } from '../../core/files/paths.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { PROGRAM_NAME } from './release.ts';

/** The name of its only instance: its admin keys begin with it. */
export const INSTANCE_NAME = 'earshot';

export interface BackendLayout {
  folder: string;
  /** SQLite. */
  database: string;
  /** Files. */
  storage: string;
  /** The root of all its keys. */
  instanceSecret: string;
  /** For deploying and for the dashboard. */
  adminKey: string;
  /** For the gateway and the operator's commands. */
  gatewayKey: string;
  /** SHA-256 of archives that the user has accepted, by version and name. */
  accepted: string;
  /** Where archives are downloaded. */
  downloads: string;
  /** The version in use. */
  current: string;
  /** The id of its process. */
  pid: string;
  program(version: string): string;
}

export function backendLayout(state: string): BackendLayout {
  const folder = backendFolder(resolve(state));
  return {
    folder,
    database: join(folder, 'data', 'convex.sqlite3'),
    storage: join(folder, 'data', 'storage'),
    instanceSecret: join(folder, 'instance-secret'),
    adminKey: join(folder, 'admin-key'),
    gatewayKey: join(folder, 'gateway-key'),
    accepted: join(folder, 'accepted.json'),
    downloads: join(folder, 'downloads'),
    current: join(folder, 'version'),
    pid: join(folder, 'pid'),
    program: (version) => join(folder, 'programs', version, PROGRAM_NAME),
  };
}

/** @throws EarshotError `store_failed`, `store_full` */
export function openBackendFolders({ folder, downloads }: BackendLayout): void {
  for (const each of [folder, join(folder, 'data'), join(folder, 'programs'), downloads]) openPrivateFolder(each);
}
