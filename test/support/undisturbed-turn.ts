/**
 * For real-time tests on a busy machine: late packets are concealed there, and the turn's report counts that. A test of a turn
 * without concealment repeats the turn until there is one.
 */
import assert from 'node:assert/strict';
import type { TurnReport } from '../../src/observability/turn-report.ts';

const ATTEMPTS = 20;

/** The report of the first turn without concealment. `take` runs a turn and returns its report. */
export async function undisturbedTurn(take: () => Promise<TurnReport>): Promise<TurnReport> {
  let reply: TurnReport['reply'] | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const report = await take();
    if (report.reply.underruns === 0 && report.reply.concealedMs === 0) return report;
    reply = report.reply;
  }
  assert.fail(`in none of ${ATTEMPTS} turns the reply was without a gap; the last: ${JSON.stringify(reply)}`);
}
