/**
 * The hard limit on a way out: whatever still holds on to a process that is about to end (a sound card that was lost, a name that is
 * looked up, a client that does not go), it ends itself, and says so. With its exit code where that is safe, else by a signal.
 */
import { leaveProcess } from '../../../actors/sound/leave.ts';
import { systemClock } from '../../core/time/clock.ts';
import { printMessage } from './output.ts';

/** From being told to end: goodbyes, what is on its way to the cloud, the last of a recording. systemd kills after 10 s. */
export const SHUTDOWN_MS = 8_000;
/** From the end of all work. */
export const LEFTOVERS_MS = 2_000;

let endsAtMs = Number.POSITIVE_INFINITY;
let timer: NodeJS.Timeout | undefined;

/** From now on the process has this long, and ends with the code if it was not to be another. Several limits: the first counts. */
export function exitWithin(ms: number, exitCode?: number): void {
  if (exitCode !== undefined) process.exitCode = exitCode;
  const atMs = systemClock.now() + ms;
  if (atMs >= endsAtMs) return;
  endsAtMs = atMs;
  clearTimeout(timer);
  // It keeps nothing alive itself.
  timer = setTimeout(end, ms).unref();
}

/** Work in libuv's pool that may never be done, and that an orderly end waits for: a file that blocks, a name that is looked up. */
const MAY_BLOCK = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/;

function end(): void {
  const holders = [...new Set(process.getActiveResourcesInfo())].filter((name) => name !== 'Timeout');
  printMessage(
    `earshot: something still holds on to it (${holders.join(', ') || 'nothing that Node knows'}): it ends itself now`,
  );
  const exitCode = Number(process.exitCode ?? 0);
  if (holders.some((name) => MAY_BLOCK.test(name))) leaveProcess(exitCode, false);
  else leaveProcess(exitCode);
}
