/**
 * The commands of a page, and the answers to invalid ones: a machine never gets an invalid event.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor, setup } from 'xstate';
import { createCommandHandler } from '../../src/observability/inspect/command-handler.ts';
import { TEMPLATES, validateEvent } from '../../src/observability/inspect/templates.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

function setUp() {
  const received: { type: string }[] = [];
  const machine = setup({
    types: { events: {} as { type: string } },
    actions: { note: ({ event }) => void received.push(event) },
  }).createMachine({
    initial: 'idle',
    states: {
      idle: {
        on: {
          'talk.pressed': { actions: 'note' },
          'talk.released': { actions: 'note' },
          'link.retry': { actions: 'note' },
        },
      },
    },
  });
  const actor = createActor(machine).start();
  const clock = createVirtualClock();
  const handler = createCommandHandler({
    find: (a) => (a === 1 ? actor : undefined),
    conversation: () => actor,
    newId: () => 'an-id',
    save: async (reason) => `/flight/${reason}`,
    clock,
  });
  const ask = async (command: unknown) => {
    const notice = await handler.handle(typeof command === 'string' ? command : JSON.stringify(command));
    return notice.k === 'note' ? [notice.ok, notice.text] : [];
  };
  return { ask, received, clock };
}

test('an event that the active state accepts is sent', async () => {
  const { ask, received } = setUp();
  assert.deepEqual(await ask({ k: 'send', a: 1, event: { type: 'link.retry' } }), [true, 'link.retry sent']);
  assert.deepEqual(received, [{ type: 'link.retry' }]);
});

test('press, release, keep', async () => {
  const { ask, received, clock } = setUp();
  await ask({ k: 'talk', action: 'press' });
  await ask({ k: 'talk', action: 'release' });
  const atMs = clock.now();
  const startedAtMs = clock.wallNow();
  assert.deepEqual(received, [
    { type: 'talk.pressed', id: 'an-id', trigger: 'page', startedAtMs },
    { type: 'talk.released', atMs },
  ]);
  assert.deepEqual(await ask({ k: 'keep' }), [true, 'saved: /flight/page']);
});

const NONSENSE: [string, unknown][] = [
  ['not JSON', 'hello'],
  ['nothing', 'null'],
  ['not a command', { k: 'format', disk: true }],
  ['an unknown actor', { k: 'send', a: 2, event: { type: 'link.retry' } }],
  ['no event', { k: 'send', a: 1 }],
  ['an event without a type', { k: 'send', a: 1, event: { type: 7 } }],
  ["one of xstate's own", { k: 'send', a: 1, event: { type: 'xstate.stop' } }],
  ['an event that the state does not accept', { k: 'send', a: 1, event: { type: 'talk.cancelled' } }],
  ['an incomplete payload', { k: 'send', a: 1, event: { type: 'talk.pressed', id: 'x' } }],
  ['a payload of another type', { k: 'send', a: 1, event: { type: 'talk.released', atMs: 'soon' } }],
  ['an unknown action', { k: 'talk', action: 'shout' }],
];
for (const [what, command] of NONSENSE) {
  test(`refused: ${what}`, async () => {
    const { ask, received } = setUp();
    const [ok] = await ask(command);
    assert.equal(ok, false);
    assert.deepEqual(received, []);
  });
}

test('more commands than a person can give are refused, for a second', async () => {
  const { ask, clock } = setUp();
  const answers = [];
  for (let i = 0; i < 30; i++) answers.push((await ask({ k: 'send', a: 1, event: { type: 'link.retry' } }))[0]);
  assert.equal(answers.filter(Boolean).length, 20);
  await clock.run(1_000);
  assert.equal((await ask({ k: 'send', a: 1, event: { type: 'link.retry' } }))[0], true);
});

test('every template is valid', () => {
  for (const [type, template] of Object.entries(TEMPLATES))
    assert.equal(validateEvent({ type, ...template }), undefined, type);
});
