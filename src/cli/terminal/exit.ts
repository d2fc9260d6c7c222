/**
 * The time limit of a shutdown. If something keeps the process alive (a lost sound card, a name lookup, a client that does not
 * disconnect), the process ends itself and prints a message: with its exit code where that is safe, otherwise by a signal.
 */
import { constants } from 'node:os';
import { leaveProcess } from '../../../actors/sound/leave.ts';
import { systemClock } from '../../core/time/clock.ts';
import { printMessage } from './output.ts';

/** From the request to stop: time for close messages, records on their way to the cloud, and the end of a recording. systemd kills after 10 s. */
export const SHUTDOWN_MS = 8_000;
/** Of a gateway that has drained: close messages, and records on their way to the cloud. */
export const GATEWAY_SHUTDOWN_MS = 15_000;
/** From the end of all work. */
export const LEFTOVERS_MS = 2_000;

let endsAtMs = Number.POSITIVE_INFINITY;
let timer: NodeJS.Timeout | undefined;

/** Ends the process after this time, with this exit code unless another is set later. Of several limits the earliest applies. */
export function exitWithin(ms: number, exitCode?: number): void {
  if (exitCode !== undefined) process.exitCode = exitCode;
  const atMs = systemClock.now() + ms;
  if (atMs >= endsAtMs) return;
  endsAtMs = atMs;
  clearTimeout(timer);
  // The timer itself must not keep the process alive.
  timer = setTimeout(end, ms).unref();
}

/** Work in libuv's pool that may never finish, and that `process.exit` waits for: a file that blocks, a name lookup. */
const MAY_BLOCK = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/;

function end(): void {
  const holders = [...new Set(process.getActiveResourcesInfo())].filter((name) => name !== 'Timeout');
  printMessage(`earshot: something keeps the process alive (${holders.join(', ') || 'unknown to Node'}): it ends now`);
  const exitCode = Number(process.exitCode ?? 0);
  if (holders.some((name) => MAY_BLOCK.test(name))) leaveProcess(exitCode, false);
  else leaveProcess(exitCode);
}

/** Ends the process at once, as the signal does to one that has no handler: a shell shows 130 for SIGINT, 143 for SIGTERM. */
export function endBySignal(signal: NodeJS.Signals): void {
  printMessage(`earshot: ended at once by ${signal}`);
  process.emit('exit', 128 + constants.signals[signal]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
