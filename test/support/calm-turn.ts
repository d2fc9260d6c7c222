/**
 * A turn in real time on a machine that has other things to do: what comes late is concealed, and the turn's report says so. What is to
 * be seen of a turn without it is looked for in turn after turn.
 */
import assert from 'node:assert/strict';
import type { TurnReport } from '../../src/observability/turn-report.ts';

const ATTEMPTS = 20;

/** The first turn in which nothing was concealed. `take`: takes a turn, and gives its report. */
export async function calmTurn(take: () => Promise<TurnReport>): Promise<TurnReport> {
  let reply: TurnReport['reply'] | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const report = await take();
    if (report.reply.underruns === 0 && report.reply.concealedMs === 0) return report;
    reply = report.reply;
  }
  assert.fail(`in none of ${ATTEMPTS} turns the reply was without a gap; the last: ${JSON.stringify(reply)}`);
}
