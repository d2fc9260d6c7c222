/**
 * The system of this machine.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, readlinkSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { System } from './checks/system.ts';
import { askHealth } from './health.ts';
import { runProbe } from './run-probe.ts';

const COMMAND_TIMEOUT_MS = 3_000;

export interface ThisSystemOptions {
  stateFolder: string | undefined;
  gateway?: string;
  /** For the probes. */
  probeArgs: string[];
}

export function thisSystem({ stateFolder, gateway, probeArgs }: ThisSystemOptions): System {
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    stateFolder,
    gateway,
    now: Date.now,
    read: (path) => attempt(() => readFileSync(path, 'utf8')),
    list: (path) => attempt(() => readdirSync(path)) ?? [],
    link: (path) => attempt(() => readlinkSync(path)),
    can: (what, path) =>
      attempt(() => {
        accessSync(existing(path), what === 'read' ? constants.R_OK : constants.W_OK);
        return true;
      }) ?? false,
    freeBytes: (path) =>
      attempt(() => {
        const { bavail, bsize } = statfsSync(existing(path));
        return bavail * bsize;
      }),
    run: (command, ...args) =>
      new Promise((resolve) => {
        execFile(command, args, { timeout: COMMAND_TIMEOUT_MS }, (error, stdout) => {
          resolve(error ? undefined : stdout);
        });
      }),
    probe: (name) => runProbe(name, probeArgs),
    health: askHealth,
  };
}

/** The path, or its nearest existing parent. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

/** Undefined if it is missing or not readable: each check decides what that means. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
