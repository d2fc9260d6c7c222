/**
 * The state of all actors at one moment: what the chart highlights.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply, describeActorsState, emptyActorsState } from '../../src/observability/inspect/actors-state.ts';
import type { ChartState } from '../../src/observability/inspect/chart.ts';
import type { Entry } from '../../src/observability/inspect/entries.ts';

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

test('an event without a transition keeps the last transition highlighted', () => {
  const state = emptyActorsState();
  for (const entry of DOOR) apply(state, entry);
  apply(state, step(2, 'open', ['opened']));
  apply(state, step(3, 'open', ['knocked']));
  apply(state, step(4, 'open', []));
  const door = state.actors.get(1);
  assert.deepEqual([door?.moves, door?.lastTaken], [['opened'], 'knocked']);
});

test('also in a sequence that begins in the middle', () => {
  for (const steps of [[step(2, 'open', ['opened'])], [step(2, 'open', ['opened']), step(3, 'open', ['knocked'])]]) {
    const state = emptyActorsState();
    for (const entry of [...DOOR, ...steps]) apply(state, entry);
    const later = emptyActorsState();
    for (const entry of describeActorsState(state, 9)) apply(later, entry);
    assert.deepEqual(later.actors.get(1), state.actors.get(1));
  }
});
