import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unreachable } from '../../../actors/assistant/parts/errors.ts';
import type { SpeechToSpeech, SpokenOutput, SpokenTurn } from '../../../actors/assistant/parts/speech-to-speech.ts';
import { guardSpeechToSpeech } from '../../../actors/assistant/providers/guarded-speech-to-speech.ts';
import { createNotices } from '../../../actors/assistant/providers/notices.ts';
import { ProviderGuard } from '../../../actors/assistant/providers/provider-guard.ts';
import { speechFromParts } from '../../../actors/assistant/providers/speech-from-parts.ts';
import { openSpending } from '../../../actors/assistant/providers/spending.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { testClock } from '../../support/simulated-clock.ts';

const refused = unreachable('model', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
const pcm = (value: number) => ({ samples: Int16Array.of(value), sampleRateHz: 16_000 });

/** Recognises the first byte of each frame, and repeats it. */
const fallback = speechFromParts({
  transcriber: {
    begin() {
      const heard: number[] = [];
      return {
        push: (frames, gapSamples) => void heard.push(...frames.map((frame) => frame[0] ?? 0), gapSamples),
        finish: async () => ({ text: heard.join(' ') }),
      };
    },
    close: async () => {},
  },
  brain: {
    async *answer({ text }) {
      yield { type: 'tool', call: { name: 'think', input: {} } };
      yield { type: 'text', text: `You said ${text}. And th` };
      yield { type: 'text', text: 'at is all that I have heard.' };
    },
    close: async () => {},
  },
  synthesizer: {
    async *speak(text) {
      yield pcm(text.length);
    },
    close: async () => {},
  },
});
const OWN = ['“1 2 0 3 960”', '[think]', 'You said 1 2 0 3 960.', '♪', 'And that is all that I have heard.', '♪'];

function guarded(
  output: (turn: { finished: boolean }) => AsyncGenerator<SpokenOutput>,
  changes: Partial<SpokenTurn> = {},
) {
  const clock = testClock();
  const notices = createNotices();
  const guard = new ProviderGuard({
    ...{ part: 'realtime', provider: 'model', timeoutMs: 5_000, hasFallback: true, clock, log: silentLog, notices },
    spending: openSpending({ clock, log: silentLog }),
  });
  const model: SpeechToSpeech = {
    begin() {
      const turn = { finished: false };
      const finish = () => {
        turn.finished = true;
      };
      return { push() {}, finish, output: output(turn), heard() {}, ...changes };
    },
    close: async () => {},
  };
  return { clock, notices, guard, speech: guardSpeechToSpeech(model, guard, fallback) };
}

const request = { history: [], tools: [], turnId: 'turn', nowMs: 0, device: defaultProfile('kitchen') };

async function answered(
  speech: SpeechToSpeech,
  signal = new AbortController().signal,
  heard: string[] = [],
): Promise<string[]> {
  const turn = speech.begin(request, signal);
  turn.push([Uint8Array.of(1), Uint8Array.of(2)], 0);
  turn.push([Uint8Array.of(3)], 960);
  turn.finish();
  for await (const output of turn.output) {
    if (output.type === 'audio') heard.push('♪');
    else if (output.type === 'tool') heard.push(`[${output.call.name}]`);
    else heard.push(output.type === 'transcript' ? `“${output.text}”` : output.text.trim());
  }
  return heard;
}

test('a model that works answers alone', async () => {
  const { speech, guard } = guarded(async function* (turn) {
    assert.equal(turn.finished, true);
    yield { type: 'transcript', text: 'hello' };
    yield { type: 'text', text: 'Hi.' };
    yield { type: 'audio', pcm: pcm(1) };
  });
  assert.deepEqual(await answered(speech), ['“hello”', 'Hi.', '♪']);
  assert.deepEqual([guard.stats().fallbacks, guard.stats().inFlight], [0, 0]);
});

const fail = (): never => {
  throw refused;
};
const failing: Record<string, ReturnType<typeof guarded>> = {
  'before it answers': guarded(async function* () {
    yield await Promise.reject(refused);
  }),
  'with an empty answer': guarded(async function* () {
    yield* [];
  }),
  'when it hears': guarded(
    async function* () {
      yield* [];
    },
    { push: fail },
  ),
  'at the end of the speech': guarded(
    async function* () {
      yield* [];
    },
    { finish: fail },
  ),
  'by hanging': guarded(async function* () {
    yield await new Promise<never>(() => {});
  }),
};
for (const [when, { speech, clock, notices, guard }] of Object.entries(failing)) {
  test(`a model that fails ${when}: the three parts get the whole utterance and answer, which is told once`, async () => {
    for (const _ of [1, 2, 3]) {
      const answer = answered(speech);
      await clock.pass(0);
      await clock.pass(when === 'by hanging' ? 5_000 : 0);
      assert.deepEqual(await answer, OWN);
    }
    assert.match(notices.take('kitchen') ?? '', /language model.*, so I answer on my own\.$/);
    assert.deepEqual([guard.stats().circuit, guard.stats().failures, guard.stats().fallbacks], ['open', 2, 3]);
  });
}

test('a model that fails after its first word fails the turn: nothing is said twice', async () => {
  const { speech } = guarded(async function* () {
    yield { type: 'text', text: 'Hi' };
    throw refused;
  });
  const heard: string[] = [];
  await assert.rejects(answered(speech, undefined, heard), { code: 'assistant_unreachable' });
  assert.deepEqual(heard, ['Hi']);
});

test('an abort ends it without an error, a fallback or a verdict', async () => {
  const { speech, clock, guard } = guarded(async function* () {
    yield await new Promise<never>(() => {});
  });
  const stop = new AbortController();
  const answer = answered(speech, stop.signal);
  await clock.pass(0);
  stop.abort();
  assert.deepEqual(await answer, []);
  assert.deepEqual([guard.stats().failures, guard.stats().fallbacks, guard.stats().inFlight], [0, 0, 0]);
});
