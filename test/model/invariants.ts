/**
 * The invariants. Each is a named function that throws when it is violated.
 */
import assert from 'node:assert/strict';
import { CONVERSATION_DELAYS_MS } from '../../machines/conversation-context.ts';
import { offlineContract } from '../../src/core/contracts/index.ts';
import type { World } from './system.ts';

type Invariant = (world: World) => void;

/** Checked after each event. */
export const ALWAYS: Record<string, Invariant> = {
  'the system always continues to work': ({ line }) => {
    assert.equal(line.getSnapshot().status, 'active');
  },

  'the microphone is open only while the person speaks': ({ microphoneOpenFor, state, turn }) => {
    if (microphoneOpenFor === undefined) return;
    assert.ok(state === 'recording' || state === 'streaming', `open in ${state}`);
    assert.equal(microphoneOpenFor, turn);
  },

  'nothing is sent before a trigger': ({ actors }) => {
    const asked = new Set(
      [...actors.trigger.history, ...actors.listener.history].flatMap((event) =>
        BEGINNINGS.has(event.type) && 'id' in event ? [event.id] : [],
      ),
    );
    for (const event of actors.network.received) {
      if (event.type === 'turn.start' && event.trigger !== 'announcement') assert.ok(asked.has(event.id), event.id);
    }
  },

  'what is listened for is what the person chose and was told': ({ actors, told, listening }) => {
    const attention = attentionOf(actors.listener.history);
    if (told === 'closed' || told === 'muted') assert.equal(attention, undefined, `${told}, in ${listening}`);
    // It is closed already, which is told when it is certain.
    if (told === 'paused') assert.ok(attention === 'nothing' || listening === 'muting', `${attention} while paused`);
    if (attention === 'speech')
      assert.ok(['waiting', 'follow-up'].includes(told), `${told} while speech begins a turn`);
  },

  'speech answers a reply only where the owner has chosen that, and never because a gateway asks where a key begins turns':
    ({ told, listenSettings: { mode, followUpMs, answerMs } }) => {
      if (told === 'follow-up') assert.ok(followUpMs > 0 || (mode === 'wake' && answerMs > 0), `${mode} ${followUpMs}`);
    },

  'the person is told when it is recorded': ({ microphoneOpenFor, told }) => {
    if (microphoneOpenFor === undefined) return;
    // A lost card records nothing, and a muted microphone cannot be opened.
    assert.ok(['recording', 'failed', 'muted'].includes(told), `${told} while the microphone is open for a turn`);
  },

  'a reply is paused only while an interruption is suspected': ({ actors, listening }) => {
    const { history } = actors.player;
    const last = history.findLast(({ type }) => type.startsWith('player.') || type === 'stopped');
    if (last?.type === 'player.pause') assert.equal(listening, 'interrupting');
  },

  'a reminder rings in its own turn only': ({ ringsFor, state, turn }) => {
    if (ringsFor === undefined) return;
    assert.ok(state === 'receiving' || state === 'playing', `rings in ${state}`);
    assert.equal(ringsFor, turn);
  },

  'nothing begins by itself while a person speaks or waits for an answer': ({ notifications }) => {
    const entered = notifications.flatMap((event) => (event.type === 'state.entered' ? [event] : []));
    for (const [i, { state, turn }] of entered.entries()) {
      const before = entered[i - 1];
      if (!before || before.turn === turn || state !== 'receiving') continue;
      assert.ok(['idle', 'receiving', 'playing'].includes(before.state), `turn ${turn} began in ${before.state}`);
    }
  },

  'a reminder does not interrupt another one': ({ actors }) => {
    let rings = false;
    for (const { type } of actors.reminders.history) {
      if (type === 'ring.begin') assert.ok(!rings, 'two reminders ring');
      if (['ring.begin', 'ring.end', 'stopped'].includes(type)) rings = type === 'ring.begin';
    }
  },

  'there is one conversation at a time': ({ actors, notifications }) => {
    const begun = actors.network.received.filter(({ type }) => type === 'turn.start').length;
    const ended = notifications.filter(({ type }) => type === 'turn.finished').length;
    assert.ok(begun - ended <= 1, `${begun} turns begun, ${ended} ended`);
  },

  'no audio of an aborted turn is played': ({ actors, speakerOpenFor }) => {
    const givenUp = actors.network.received.flatMap((event) =>
      event.type === 'turn.abort' && event.reason !== 'offline' ? [event.turn] : [],
    );
    assert.ok(
      speakerOpenFor === undefined || !givenUp.includes(speakerOpenFor),
      `the speaker is open for ${speakerOpenFor}`,
    );
  },

  'the gateway is notified of every aborted turn': ({ actors, notifications }) => {
    // Events for an actor that is restarting are lost, and so is its connection.
    if (actors.network.history.some(({ type }) => type === 'stopped')) return;
    const aborted = new Set(
      actors.network.received.flatMap((event) => (event.type === 'turn.abort' ? [event.turn] : [])),
    );
    for (const event of notifications) {
      if (event.type !== 'turn.finished' || ['done', 'unanswered'].includes(event.record.outcome ?? '')) continue;
      assert.ok(aborted.has(event.record.turn), `${event.record.outcome} of turn ${event.record.turn}`);
    }
  },

  'the end of a turn is reported once, with its outcome': ({ notifications }) => {
    const ended = notifications.flatMap((event) => (event.type === 'turn.finished' ? [event.record] : []));
    assert.equal(new Set(ended.map(({ turn }) => turn)).size, ended.length);
    assert.ok(ended.every(({ outcome }) => outcome !== undefined));
    assert.ok(ended.every(({ outcome, error }) => (outcome === 'failed') === (error !== undefined)));
  },

  'a turn is deleted only when the cloud has it, or the person has discarded it': ({ actors, notifications }) => {
    const forgotten = actors.offline.received.flatMap((event) => (event.type === 'offline.forget' ? [event.id] : []));
    const stored = actors.network.history.flatMap((event) =>
      event.type === 'turn.stored' && 'id' in event ? [String(event.id)] : [],
    );
    const takenBack = notifications.flatMap((event) =>
      event.type === 'turn.finished' && ['cancelled', 'no-audio'].includes(event.record.outcome ?? '')
        ? [event.record.id]
        : [],
    );
    for (const id of forgotten) assert.ok(stored.includes(id) || takenBack.includes(id), `${id} was deleted`);
  },

  'no stored turn is delivered during a turn': ({ actors, state }) => {
    // Commands before a stop or crash are no longer in effect.
    const { history } = actors.offline;
    const life = history.slice(history.findLastIndex(({ type }) => type === 'stopped') + 1);
    const last = life.findLast(({ type }) => type in offlineContract.receives);
    if (last?.type === 'offline.deliver') assert.ok(state === 'idle' || state === 'error', `delivered in ${state}`);
  },
};

/** What begins a turn that is recorded. */
const BEGINNINGS = new Set(['talk.pressed', 'wake.heard', 'speech.started', 'interruption.confirmed']);

/** What the listener looks for; undefined: it was closed, lost or stopped since. */
function attentionOf(history: readonly { type: string; to?: string }[]): string | undefined {
  const last = history.findLast(({ type }) =>
    ['listener.attend', 'listener.close', 'listener.lost', 'stopped'].includes(type),
  );
  return last?.type === 'listener.attend' ? last.to : undefined;
}

/** States of listening that only the person or the microphone ends. */
const LASTING = ['off', 'waiting', 'muted', 'failed'];

/** The maximum duration of any sequence: each waiting state once, and the supervisors' delays. */
const LONGEST_MS = Object.values(CONVERSATION_DELAYS_MS).reduce((sum, ms) => sum + ms, 0) + 120_000;

/** Checked at the end of a sequence, in this order. */
export const AT_THE_END: Record<string, Invariant> = {
  'every wait ends by itself, whichever events come': (world) => {
    for (let ms = 0; ms < LONGEST_MS; ms += 500) world.clock.increment(500);
    assert.equal(world.state, 'idle');
  },

  'every listening state ends by itself, or is one that the person was told': ({ listening, told }) => {
    // A listener that does not confirm the mute: the person is told that it failed.
    if (listening === 'muting') assert.equal(told, 'failed');
    else assert.ok(LASTING.includes(listening), listening);
    if (listening === 'off') assert.equal(told, 'closed');
    else if (listening !== 'muting') assert.equal(told, listening);
  },

  'afterwards the device is usable again': (world) => {
    const { turn } = world;
    world.actors.trigger.send({ type: 'talk.pressed', id: 'again', trigger: 'key', startedAtMs: 0 });
    assert.equal(world.state, 'recording');
    assert.equal(world.turn, turn + 1);
    assert.equal(world.microphoneOpenFor, turn + 1);
  },

  'a stopped system leaves no actor, timer or listener': (world) => {
    world.line.stop();
    assert.equal(world.running(), 0, 'actors still run');
    assert.equal(world.clock.timers(), 0, 'timers still wait');
  },
};
