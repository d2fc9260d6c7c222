/**
 * The state of all actors at one moment: what the chart lights.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChartState } from '../../src/observability/inspect/chart.ts';
import type { Entry } from '../../src/observability/inspect/entries.ts';
import { apply, createWorld, describeWorld } from '../../src/observability/inspect/world.ts';

const state = (key: string, transitions: ChartState['transitions'] = []): ChartState => ({
  id: `door.${key}`,
  key,
  type: 'atomic',
  entry: [],
  exit: [],
  invokes: [],
  transitions,
  states: [],
});
const transition = (id: string, targets: string[]) => ({ id, event: id, actions: [], targets });

const DOOR: Entry[] = [
  {
    k: 'chart',
    chart: {
      id: 'door',
      root: {
        ...state('door', [transition('knocked', [])]),
        states: [state('shut', [transition('opened', ['door.open'])]), state('open')],
      },
    },
  },
  { k: 'actor', t: 1, a: 1, name: 'door', chart: 'door' },
];
const step = (t: number, value: string, taken: string[]): Entry => ({ k: 'step', t, a: 1, value, taken, timers: [] });

test('an event that is taken without going anywhere leaves the last transition in sight', () => {
  const world = createWorld();
  for (const entry of DOOR) apply(world, entry);
  apply(world, step(2, 'open', ['opened']));
  apply(world, step(3, 'open', ['knocked']));
  apply(world, step(4, 'open', []));
  const door = world.actors.get(1);
  assert.deepEqual([door?.moves, door?.lastTaken], [['opened'], 'knocked']);
});

test('so does a sequence that begins in the middle', () => {
  for (const steps of [[step(2, 'open', ['opened'])], [step(2, 'open', ['opened']), step(3, 'open', ['knocked'])]]) {
    const world = createWorld();
    for (const entry of [...DOOR, ...steps]) apply(world, entry);
    const later = createWorld();
    for (const entry of describeWorld(world, 9)) apply(later, entry);
    assert.deepEqual(later.actors.get(1), world.actors.get(1));
  }
});
