/**
 * Long random sequences of all possible events, on all machines of the device together.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from '../support/fast-check.ts';
import { ALWAYS, AT_THE_END } from './invariants.ts';
import { createWorld, happenings, type World } from './system.ts';

/** `npm run test:model` runs more, `npm run test:soak` many. */
const RUNS = Number(process.env.EARSHOT_MODEL_RUNS ?? 120);
const SEED = process.env.EARSHOT_MODEL_SEED === undefined ? 20_261_124 : Number(process.env.EARSHOT_MODEL_SEED);
const checks: Record<string, number> = {};

/** Likely events are drawn more often, so that sequences make progress: mostly the actors work, sometimes another event occurs. */
const LIKELY = [
  /talk\.(pressed|released)/,
  /network\.opened/,
  /(uplink|reply|capture|player|offline)\.started/,
  /capture\.ended.*"frames":10/,
  /player\.drained/,
];

function likely(world: World) {
  return happenings(world.turn).filter(
    ({ name, turn }) => (turn === undefined || turn === world.turn) && LIKELY.some((pattern) => pattern.test(name)),
  );
}

/** A draw: a number that selects one of the events that are possible now, and whether only among likely ones. */
const draw = fc.record({ pick: fc.nat(10_000), usual: fc.boolean() });

test(`${RUNS} random histories break no invariant`, () => {
  fc.assert(
    fc.property(fc.array(draw, { maxLength: 120, size: 'max' }), (draws) => {
      const world = createWorld();
      const history: string[] = [];
      try {
        for (const { pick, usual } of draws) {
          const possible = usual ? likely(world) : happenings(world.turn);
          const happening = possible[pick % possible.length];
          if (!happening) continue;
          history.push(happening.name);
          const before = JSON.stringify(world.line.getSnapshot().value);
          const foreign = happening.turn !== undefined && happening.turn !== world.turn;
          happening.happen(world);
          if (foreign) {
            const unchanged = JSON.stringify(world.line.getSnapshot().value);
            assert.equal(unchanged, before, 'an event of another turn changed the state');
            count('an event that a state does not take changes nothing');
          }
          check(world, ALWAYS);
        }
        check(world, AT_THE_END);
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : error}\nafter\n  ${history.join('\n  ')}`);
      } finally {
        world.line.stop();
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

function check(world: World, invariants: Record<string, (world: World) => void>): void {
  for (const [name, holds] of Object.entries(invariants)) {
    try {
      holds(world);
    } catch (error) {
      throw new Error(`broken: ${name}: ${error instanceof Error ? error.message : error}`);
    }
    count(name);
  }
}

function count(name: string): void {
  checks[name] = (checks[name] ?? 0) + 1;
}

after(() => {
  const rows = Object.entries(checks).map(([name, times]) => `${name.padEnd(76)}${String(times).padStart(9)}`);
  process.stdout.write(
    `\n${'invariant'.padEnd(76)}   checked\n${rows.join('\n')}\nseed ${SEED}, ${RUNS} histories\n\n`,
  );
});
