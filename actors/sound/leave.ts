/**
 * Ends a process whose sound library holds a card that is lost.
 *
 * A lost speaker holds a thread of libuv for ever. Node's normal exit (an empty event loop, `process.exit`,
 * `reallyExit`) joins that thread and never returns; terminating the worker that opened the card hangs too. Only a
 * signal ends such a process, and a signal has no exit code. Tested: SIGTERM with its default action and SIGKILL both
 * end it at once.
 *
 * - Exit code 0 becomes SIGTERM: systemd counts it as success, a shell shows 143.
 * - Any other becomes SIGKILL: a failure for both, a shell shows 137.
 */

let cardsWereUsed = false;

/** This process has opened cards, on some thread: they count as open until `allClosed` is known. */
export function noteCards(): void {
  cardsWereUsed = true;
}

/**
 * Ends the process with this exit code, or the nearest signal when cards are stuck. 'exit' handlers run in both cases.
 * Standard output and error are complete before (output.ts writes synchronously).
 *
 * `allClosed`: the result of `cardsClosed()` on the thread that had the cards; false when that thread does not answer
 * or has ended.
 */
export function leaveProcess(exitCode: number, allClosed = !cardsWereUsed): void {
  process.exitCode = exitCode;
  if (allClosed) process.exit();
  process.emit('exit', exitCode);
  const signal = exitCode === 0 ? 'SIGTERM' : 'SIGKILL';
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
