import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSchedule, type Tally, tallyTable } from './nothing-lost.ts';

/** `npm run test:faults` runs 200; the suite a few. */
const SCHEDULES = Number(process.env.EARSHOT_FAULT_SCHEDULES ?? 5);
/** The five from here on kill daemons with two threads and with one, whose disk lacks what is in memory. */
const FIRST_SEED = Number(process.env.EARSHOT_FAULT_SEED ?? 11);
const AT_ONCE = Number(process.env.EARSHOT_FAULTS_AT_ONCE ?? 4);

test(`${SCHEDULES} schedules of faults lose no frame and duplicate none`, async (t) => {
  const seeds = Array.from({ length: SCHEDULES }, (_, i) => FIRST_SEED + i);
  const tallies: Tally[] = [];
  const work = async () => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const tally = await runSchedule(seed);
      tallies.push(tally);
      if (tally.problems.length > 0) t.diagnostic(`seed ${seed}: ${tally.problems.join('; ')}\n${tally.log}`);
      else if (tallies.length % 20 === 0) t.diagnostic(`${tallies.length} of ${SCHEDULES} done`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const line of tallyTable(tallies)) t.diagnostic(line);
  for (const { seed, framesSpoken } of tallies) assert.ok(framesSpoken > 0, `seed ${seed}: nothing was said`);
  assert.deepEqual(
    tallies.flatMap(({ seed, problems }) => problems.map((problem) => `seed ${seed}: ${problem}`)),
    [],
  );
});
