/**
 * Long random sequences of all possible events on the answer machine, with doubles of its actors.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActor } from 'xstate';
import { answerMachine } from '../../machines/answer.ts';
import { ANSWER_DELAYS_MS, type AnswerNotification } from '../../machines/answer-context.ts';
import { ANSWER_CHILDREN } from '../../machines/answer-setup.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { fakeActors, logicsOf } from '../support/fake-actor.ts';
import fc from '../support/fast-check.ts';
import { INTERNAL_ERROR } from '../support/sample-events.ts';

const RUNS = Number(process.env.EARSHOT_MODEL_RUNS ?? 300);
const SEED = process.env.EARSHOT_MODEL_SEED === undefined ? 20_261_124 : Number(process.env.EARSHOT_MODEL_SEED);

function createWorld() {
  const clock = createCountingClock();
  const fakes = fakeActors(ANSWER_CHILDREN);
  const actor = createActor(answerMachine.provide({ actors: logicsOf(ANSWER_CHILDREN, fakes) }), { clock });
  const notifications: AnswerNotification[] = [];
  actor.on('*', (event) => notifications.push(event));
  actor.start();
  return { clock, fakes, actor, notifications };
}
type World = ReturnType<typeof createWorld>;

const HAPPENINGS: [name: string, happen: (world: World) => void][] = [
  ['final', ({ actor }) => isActive(actor) && actor.send({ type: 'answer.final' })],
  ['abort', ({ actor }) => isActive(actor) && actor.send({ type: 'answer.abort' })],
  ['paused', ({ fakes }) => fakes.transcription.send({ type: 'transcription.paused', text: 'what' })],
  ['resumed', ({ fakes }) => fakes.transcription.send({ type: 'transcription.resumed' })],
  ['passed', ({ fakes }) => fakes.transcription.send({ type: 'transcription.passed' })],
  ['recognised', ({ fakes }) => fakes.transcription.send({ type: 'transcription.done', text: 'what' })],
  ['nothing recognised', ({ fakes }) => fakes.transcription.send({ type: 'transcription.done', text: '' })],
  [
    'recognition failed',
    ({ fakes }) => fakes.transcription.send({ type: 'transcription.failed', error: INTERNAL_ERROR }),
  ],
  ...[1, 2].flatMap((ask): typeof HAPPENINGS => [
    [`begun ${ask}`, ({ fakes }) => fakes.thinking.send({ type: 'thinking.begun', ask })],
    [`lost ${ask}`, ({ fakes }) => fakes.thinking.send({ type: 'thinking.failed', ask, error: INTERNAL_ERROR })],
  ]),
  ['started', ({ fakes }) => fakes.speech.send({ type: 'speech.started' })],
  ['sentence', ({ fakes }) => fakes.speech.send({ type: 'speech.sentence' })],
  ['spoken', ({ fakes }) => fakes.speech.send({ type: 'speech.done' })],
  ['apologized', ({ fakes }) => fakes.speech.send({ type: 'speech.apologized' })],
  ['speech failed', ({ fakes }) => fakes.speech.send({ type: 'speech.failed', error: INTERNAL_ERROR })],
  ...(['transcription', 'thinking', 'speech'] as const).map((name): (typeof HAPPENINGS)[number] => [
    `${name} crashed`,
    ({ fakes }) => fakes[name].crash(),
  ]),
  ...Object.values(ANSWER_DELAYS_MS).map((ms): (typeof HAPPENINGS)[number] => [
    `${ms} ms`,
    ({ clock }) => clock.increment(ms),
  ]),
];

const isActive = (actor: World['actor']) => actor.getSnapshot().status === 'active';
/** From the end of the utterance, whatever happens, without a sentence: all limits. */
const LONGEST_MS = Object.values(ANSWER_DELAYS_MS).reduce((sum, ms) => sum + ms, 0);

const INVARIANTS: Record<string, (world: World) => void> = {
  'a failure is told once, and by one apology': ({ notifications, fakes }) => {
    const told = notifications.filter(({ type }) => type === 'answer.failing').length;
    const apologies = fakes.speech.types().filter((type) => type === 'speech.apologize').length;
    assert.ok(told <= 1 && apologies === told, `told ${told} times, ${apologies} apologies`);
  },
  'an answer ends once, and its actors with it': ({ actor, notifications, fakes }) => {
    const ends = notifications.filter(({ type }) => type === 'answer.ended').length;
    assert.equal(ends, isActive(actor) ? 0 : 1);
    if (!isActive(actor)) assert.ok(Object.values(fakes).every(({ running }) => !running));
  },
  'nothing is said or thought of an answer that has ended': ({ fakes }) => {
    for (const { history } of Object.values(fakes)) {
      const stoppedAt = history.findIndex(({ type }) => type === 'stopped');
      assert.ok(stoppedAt === -1 || stoppedAt === history.length - 1, 'an event after the end');
    }
  },
  'only an answer to the whole utterance is spoken': ({ fakes }) => {
    const finished = fakes.transcription.history.findIndex(({ type }) => type === 'transcription.finish');
    if (fakes.speech.types().includes('speech.open')) assert.ok(finished !== -1, 'the person is still speaking');
    const confirmed = fakes.thinking.received.flatMap((event) =>
      event.type === 'thinking.confirm' ? [event.ask] : [],
    );
    const asks = fakes.thinking.received.flatMap((event) => (event.type === 'thinking.ask' ? [event.ask] : []));
    if (confirmed.length > 0) assert.deepEqual(confirmed, [asks.at(-1)], 'the last question, once');
  },
};

test(`${RUNS} random histories of an answer break no invariant`, () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { maxLength: 40, size: 'max' }), (picks) => {
      const world = createWorld();
      const history: string[] = [];
      const step = (name: string, happen: (world: World) => void) => {
        history.push(name);
        happen(world);
        for (const holds of Object.values(INVARIANTS)) holds(world);
      };
      try {
        for (const pick of picks) step(...(HAPPENINGS[pick % HAPPENINGS.length] as (typeof HAPPENINGS)[number]));
        if (isActive(world.actor)) world.actor.send({ type: 'answer.final' });
        for (let ms = 0; ms <= LONGEST_MS; ms += 500) step('half a second', ({ clock }) => clock.increment(500));
        assert.ok(!isActive(world.actor), 'it still waits');
        assert.equal(world.clock.timers(), 0, 'timers still wait');
      } catch (error) {
        throw new Error(`${error instanceof Error ? error.message : error}\nafter\n  ${history.join('\n  ')}`);
      } finally {
        world.actor.stop();
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});
