/**
 * Locks a state folder for a process that writes to it. A device and a gateway may share one, because they use different files in it.
 * Two devices, or two gateways, would delete each other's files.
 *
 * It is a lock of the kernel (flock(2)) on an open file. It ends with the process, also after a crash or a power cut, and of two
 * processes that start at the same time one gets it. It also works between containers that share the folder. Node has no call for it, so
 * `flock` of util-linux locks the inherited open file. The content of the file only tells who holds the lock.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { EarshotError, systemCode } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import { diskError, isDiskFull, withDiskErrors } from './disk-errors.ts';
import { isStateName, lockFile, type StateRole } from './paths.ts';
import { PRIVATE_FILE } from './private-files.ts';
import { isOpenToOthers, openPrivateFolder } from './private-folder.ts';

/** Exit code of `flock` when another process holds the lock. */
const EXIT_HELD = 75;
/** A process that was just stopped will release the lock soon. */
const PATIENCE_MS = 1_000;
/** The lock file was deleted between opening and locking it, by a person: once is unlikely, so often is not by chance. */
const ATTEMPTS = 5;

const holderShape = v.object({ pid: v.number(), host: v.string(), command: v.string(), since: v.string() });

export interface LockOptions {
  state: string;
  /** The roles of this process. A second process in the same role is refused. */
  roles: readonly StateRole[];
  /** For the message to a refused process: `earshot run`. */
  command: string;
  /** How long to wait for a process that is just ending. Default: 1 s. */
  patienceMs?: number;
  clock: Pick<Clock, 'wallNow'>;
  log: Log;
}

/**
 * Makes the folder if necessary, closes it to other users, and locks it. Returns a function that unlocks it; the end of the process does, too.
 *
 * @throws EarshotError `state_in_use`, `store_failed` (it can't be used), `store_full`
 */
export function lockState(options: LockOptions): () => void {
  const { state, roles, command, patienceMs = PATIENCE_MS, clock, log } = options;
  openStateFolder(state);
  const held: { fd: number; path: string }[] = [];
  const release = () => {
    for (const { fd } of held.splice(0)) {
      ftruncateSync(fd);
      closeSync(fd);
    }
  };
  try {
    for (const role of roles) held.push(lock(resolve(state), role, patienceMs, log));
    const holder = { pid: process.pid, host: hostname(), command, since: new Date(clock.wallNow()).toISOString() };
    for (const { fd, path } of held) sign(fd, path, holder, log);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Who holds a lock. */
export type LockHolder = v.InferOutput<typeof holderShape>;

/** Undefined: nobody. A holder whose name cannot be read has the id 0. @throws EarshotError `store_failed` */
export function lockHolder(state: string, role: StateRole): LockHolder | undefined {
  const path = lockFile(state, role);
  if (isFree(path, 0)) return undefined;
  return readHolder(path) ?? { pid: 0, host: hostname(), command: 'another process', since: 'just now' };
}

/** Whether it is free within this time. Blocks. @throws EarshotError `store_failed` */
export function waitUntilFree(state: string, role: StateRole, patienceMs: number): boolean {
  return isFree(lockFile(state, role), patienceMs);
}

function isFree(path: string, patienceMs: number): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return true;
    throw diskError(path, cause);
  }
  try {
    return flock(fd, patienceMs).status !== EXIT_HELD;
  } finally {
    closeSync(fd);
  }
}

function flock(fd: number, patienceMs: number) {
  const args = ['-w', String(patienceMs / 1_000), '-E', String(EXIT_HELD), '3'];
  return spawnSync('flock', args, { stdio: ['ignore', 'ignore', 'ignore', fd] });
}

function openStateFolder(state: string): void {
  const status = withDiskErrors(state, () => statSync(state, { throwIfNoEntry: false }));
  if (status?.isDirectory() && isOpenToOthers(status)) refuseShared(state);
  openPrivateFolder(state);
}

/** A folder with foreign files is not closed to other users: it may be a home, or /tmp. */
function refuseShared(state: string): void {
  const foreign = withDiskErrors(state, () => readdirSync(state)).find((name) => !isStateName(name));
  if (foreign === undefined) return;
  throw new EarshotError(
    'store_failed',
    `${state} is readable by other users, and contains other files than Earshot's (${foreign})`,
    `Give another folder with --state, or restrict this one: chmod 700 ${state}`,
  );
}

/** The open file that holds the lock. */
function lock(state: string, role: StateRole, patienceMs: number, log: Log): { fd: number; path: string } {
  const path = lockFile(state, role);
  for (let attempt = 1; ; attempt++) {
    const fd = withDiskErrors(path, () => openSync(path, constants.O_RDWR | constants.O_CREAT, PRIVATE_FILE.mode));
    try {
      const { status, error } = flock(fd, patienceMs);
      if (status === EXIT_HELD) throw inUse(state, role, path);
      if (status !== 0) {
        const reason = error?.message ?? `flock ended with ${status}`;
        log.warn('the state folder cannot be locked: do not start a second Earshot in it', { state, reason });
      }
      if (isStillThere(fd, path) || attempt === ATTEMPTS) return { fd, path };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
  }
}

function isStillThere(fd: number, path: string): boolean {
  return fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino;
}

function sign(fd: number, path: string, holder: LockHolder, log: Log): void {
  try {
    ftruncateSync(fd);
    writeSync(fd, `${JSON.stringify(holder)}\n`, 0);
  } catch (cause) {
    // The lock is held in any case.
    if (!isDiskFull(cause)) throw diskError(path, cause);
    log.warn('the disk is full: turns without a connection will not be stored');
  }
}

function inUse(state: string, role: StateRole, path: string): EarshotError {
  const holder = readHolder(path);
  const elsewhere = holder && holder.host !== hostname() ? ` on ${holder.host}` : '';
  const who = holder
    ? `${holder.command}, process ${holder.pid}${elsewhere}, since ${holder.since}`
    : 'another process, which has not written its name yet';
  return new EarshotError(
    'state_in_use',
    `The state folder ${state} already has a ${role}: ${who}`,
    'Stop that one, or give this one another folder with --state.',
  );
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const parsed = v.safeParse(holderShape, JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined; // it is just being written
  }
}
