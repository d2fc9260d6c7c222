import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Earcon } from '../../actors/earcons/earcons.ts';
import type { ConversationState } from '../../machines/turn-record.ts';
import { type ListenSettings, type MicrophoneState, PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { createEarconCues } from '../../src/device/earcon-cues.ts';
import type { ListenMode } from '../../src/protocol/listening.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

function cuesIn(mode: ListenMode, chosen?: readonly Earcon[], times: Partial<ListenSettings> = {}) {
  const clock = new SimulatedClock();
  const played: string[] = [];
  const settings = () => ({ ...PUSH_TO_TALK, mode, ...times });
  const cues = createEarconCues({ play: (name) => played.push(name ?? 'cut'), chosen, settings, clock });
  return {
    ...{ clock, played, close: cues.close },
    asked: () => cues.note({ type: 'answer.awaited', turn: 1 }),
    microphone: (...states: MicrophoneState[]) => {
      for (const state of states) cues.note({ type: 'microphone.changed', state });
    },
    conversation: (...states: ConversationState[]) => {
      for (const state of states) cues.note({ type: 'state.entered', state, turn: 1 });
    },
  };
}

test('after the wake word the person is told that it listens', () => {
  const { microphone, played } = cuesIn('wake');
  microphone('closed', 'waiting', 'recording', 'paused');
  assert.deepEqual(played, ['listening']);
});

test('the sound ends when the turn is cancelled at once, because another device answers', () => {
  const { microphone, played } = cuesIn('wake');
  microphone('waiting', 'recording', 'waiting');
  assert.deepEqual(played, ['listening', 'cut']);
});

test('in voice mode nobody is told: the person speaks already', () => {
  const { microphone, played } = cuesIn('voice');
  microphone('closed', 'waiting', 'recording', 'paused', 'waiting', 'recording');
  assert.deepEqual(played, []);
});

test('a follow-up begins with a sound; its end has one only if nobody spoke', () => {
  const { microphone, played } = cuesIn('wake');
  microphone('waiting', 'recording', 'paused', 'follow-up', 'recording', 'paused');
  assert.deepEqual(played, ['listening', 'listening']);
  microphone('follow-up', 'waiting');
  assert.deepEqual(played.slice(2), ['listening', 'goodbye']);
});

test('a follow-up of push to talk has both sounds', () => {
  const { microphone, played } = cuesIn('push');
  microphone('recording', 'closed', 'follow-up', 'closed');
  assert.deepEqual(played, ['listening', 'goodbye']);
});

test('a follow-up that is ended by mute or a lost card has no goodbye', () => {
  for (const end of ['muted', 'failed'] as const) {
    const { microphone, played } = cuesIn('wake');
    microphone('follow-up', end);
    assert.deepEqual(played, ['listening']);
  }
});

test('an answer that takes longer than a second is announced once a turn, and never during the reply', () => {
  const { microphone, conversation, clock, played } = cuesIn('voice');
  microphone('waiting');
  conversation('recording', 'streaming', 'processing');
  clock.increment(1_000);
  conversation('receiving', 'playing');
  clock.increment(10_000);
  assert.deepEqual(played, []);
  conversation('idle', 'recording', 'streaming', 'processing');
  clock.increment(1_000);
  conversation('receiving');
  clock.increment(10_000);
  assert.deepEqual(played, ['thinking']);
});

test('that an answer is awaited has a sound where the microphone stays closed to it, also in push to talk', () => {
  const sounds = (...of: Parameters<typeof cuesIn>) => {
    const { asked, played } = cuesIn(...of);
    asked();
    return played;
  };
  assert.deepEqual(sounds('push'), ['question']);
  assert.deepEqual(sounds('push', undefined, { answerMs: 5_000 }), ['question']);
  assert.deepEqual(sounds('wake'), ['question']);
  assert.deepEqual(sounds('wake', undefined, { answerMs: 5_000 }), []);
  assert.deepEqual(sounds('push', undefined, { followUpMs: 5_000 }), []);
  assert.deepEqual(sounds('voice'), []);
  assert.deepEqual(sounds('push', ['listening']), []);
});

test('a failed turn has a sound', () => {
  const { microphone, conversation, played, clock } = cuesIn('voice');
  microphone('waiting', 'recording');
  conversation('processing', 'error');
  clock.increment(10_000);
  assert.deepEqual(played, ['error']);
});

test('push to talk is silent unless earcons are chosen, and each can be left out', () => {
  const silent = cuesIn('push');
  silent.microphone('recording', 'closed');
  silent.conversation('processing', 'error');
  assert.deepEqual(silent.played, []);
  const chosen = cuesIn('push', ['listening']);
  chosen.microphone('recording', 'closed');
  chosen.conversation('processing', 'error');
  assert.deepEqual(chosen.played, ['listening']);
  const none = cuesIn('wake', []);
  none.microphone('waiting', 'recording', 'follow-up', 'waiting');
  none.conversation('error');
  assert.deepEqual(none.played, []);
});

test('nothing is played after the end', () => {
  const { microphone, conversation, clock, played, close } = cuesIn('wake');
  microphone('waiting');
  conversation('processing');
  close();
  clock.increment(10_000);
  assert.deepEqual(played, []);
});
