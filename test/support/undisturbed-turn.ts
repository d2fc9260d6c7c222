/**
 * For real-time tests on a busy machine: before late packets the reply is slowed down, and then they are concealed. The turn's report counts both. A
 * test of a turn without either repeats the turn until there is one.
 */
import assert from 'node:assert/strict';
import type { TurnReport } from '../../src/observability/turn-report.ts';

const ATTEMPTS = 20;
/** A reply that took longer or less long by more was stretched or shortened. */
const FRAME_MS = 20;

/** The report of the first turn that was played as it was sent. `take` runs a turn and returns its report. */
export async function undisturbedTurn(take: () => Promise<TurnReport>): Promise<TurnReport> {
  let reply: TurnReport['reply'] | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const report = await take();
    reply = report.reply;
    const { underruns, concealedMs, ms, outMs } = reply;
    if (underruns === 0 && concealedMs === 0 && Math.abs(outMs - ms) <= FRAME_MS) return report;
  }
  assert.fail(`in none of ${ATTEMPTS} turns the reply was played as it was sent; the last: ${JSON.stringify(reply)}`);
}
