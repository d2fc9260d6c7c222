/**
 * How to end a process whose sound library holds on to a card that is gone.
 *
 * A speaker that was lost keeps a thread of libuv waiting for good. Node's own end (an empty event loop, `process.exit`,
 * `reallyExit`) joins that thread and never comes to it; ending the worker that opened the card hangs as well. Only a
 * signal ends such a process, and a signal can't carry an exit code. Tried out: SIGTERM with its default action and
 * SIGKILL both end it at once.
 *
 * - Exit code 0 becomes SIGTERM: systemd takes that for a clean end, a shell shows 143.
 * - Any other becomes SIGKILL: a failure for both, a shell shows 137.
 */

let cardsWereUsed = false;

/** This process has opened cards, on whatever thread: what becomes of them is not known unless it is told. */
export function noteCards(): void {
  cardsWereUsed = true;
}

/**
 * Ends the process with this exit code, or the signal nearest to it when cards are stuck. 'exit' handlers run in both
 * cases. Standard output and error are written before (output.ts writes synchronously).
 *
 * `allClosed`: what `cardsClosed()` said, on the thread that had the cards; false when that thread does not answer, or where nobody
 * can be asked any more.
 */
export function leaveProcess(exitCode: number, allClosed = !cardsWereUsed): void {
  process.exitCode = exitCode;
  if (allClosed) process.exit();
  process.emit('exit', exitCode);
  const signal = exitCode === 0 ? 'SIGTERM' : 'SIGKILL';
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
