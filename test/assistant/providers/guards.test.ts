import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Brain, BrainOutput, BrainRequest } from '../../../actors/assistant/parts/brain.ts';
import { unreachable } from '../../../actors/assistant/parts/errors.ts';
import type { PartName } from '../../../actors/assistant/parts/provider.ts';
import type { Pcm, Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import type { Transcriber, Utterance, UtteranceOptions } from '../../../actors/assistant/parts/transcriber.ts';
import { guardBrain } from '../../../actors/assistant/providers/guarded-brain.ts';
import { guardSynthesizer } from '../../../actors/assistant/providers/guarded-synthesizer.ts';
import { guardTranscriber } from '../../../actors/assistant/providers/guarded-transcriber.ts';
import { createNotices } from '../../../actors/assistant/providers/notices.ts';
import { ProviderGuard } from '../../../actors/assistant/providers/provider-guard.ts';
import { openSpending } from '../../../actors/assistant/providers/spending.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import type { EarshotError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { testClock } from '../../support/simulated-clock.ts';

const KEY = 'sk-very-secret';
const SAID = 'my password is swordfish';

function guardOf(part: PartName, { cap, hasFallback = true }: { cap?: number; hasFallback?: boolean } = {}) {
  const clock = testClock();
  const lines: string[] = [];
  const log = {
    ...silentLog,
    warn: (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  };
  const notices = createNotices();
  const guard = new ProviderGuard({
    ...{ part, provider: 'openai', key: () => KEY, timeoutMs: 5_000, hasFallback, clock, log, notices },
    ...(cap !== undefined && { cap: { perDeviceAndDay: cap, prices: { perRequest: 1 } } }),
    spending: openSpending({ clock, log }),
  });
  return { guard, clock, lines, notices };
}

const request: BrainRequest = {
  ...{ text: SAID, history: [], tools: [], turnId: 'turn', nowMs: 0 },
  device: defaultProfile('kitchen'),
};
const text = (written: string): BrainOutput => ({ type: 'text', text: written });
type Answer = (request: BrainRequest, signal: AbortSignal) => AsyncGenerator<BrainOutput>;
const brainOf = (answer: Answer): Brain => ({ answer, close: async () => {} });
const ownBrain = brainOf(async function* () {
  yield text('own');
});
const hang = () => new Promise<never>(() => {});
const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

async function hear(brain: Brain, signal = new AbortController().signal): Promise<string> {
  let heard = '';
  for await (const output of brain.answer(request, signal))
    heard += output.type === 'text' ? output.text : `[${output.call.name}]`;
  return heard;
}

describe('a brain', () => {
  const failing: Record<string, { answer: Answer; notice: RegExp; passMs?: number }> = {
    'cannot be reached': {
      async *answer() {
        yield await Promise.reject(unreachable('openai', refused));
      },
      notice: /^I can't reach my language model, so I answer on my own\.$/,
    },
    'hangs before its first word': {
      async *answer() {
        yield await hang();
      },
      notice: /^I can't reach/,
      passMs: 5_000,
    },
    'answers nothing': {
      async *answer() {
        yield* [];
      },
      notice: /^My language model does not work/,
    },
    'answers an empty text': {
      async *answer() {
        yield text('');
      },
      notice: /does not work/,
    },
    'has a fault of its own, and quotes what it knows': {
      async *answer() {
        yield await Promise.reject(new TypeError(`no ${KEY} for “${SAID}”`));
      },
      notice: /does not work/,
    },
  };
  for (const [what, { answer, notice, passMs = 0 }] of Object.entries(failing)) {
    test(`that ${what}: the fallback answers, which is told once`, async () => {
      const { guard, clock, lines, notices } = guardOf('brain');
      const brain = guardBrain(brainOf(answer), guard, async () => ownBrain);
      const first = hear(brain);
      await clock.pass(passMs);
      assert.equal(await first, 'own');
      assert.match(notices.take('kitchen') ?? '', notice);
      const second = hear(brain);
      await clock.pass(passMs);
      assert.equal(await second, 'own');
      assert.equal(notices.take('kitchen'), undefined);
      // After two failures nobody waits for it.
      assert.equal(await hear(brain), 'own');
      assert.deepEqual(guard.stats(), {
        ...{ part: 'brain', provider: 'openai', circuit: 'open' },
        ...{ requests: 2, inFlight: 0, failures: 2, skipped: 1, fallbacks: 3 },
      });
      assert.equal(lines.length, 2);
      assert.doesNotMatch(lines.join(), /secret|swordfish/);
    });
  }

  test('that fails after its first word, or after a tool ran, fails the turn: nothing is said or done twice', async () => {
    for (const begun of [text('It is '), { type: 'tool', call: { name: 'add', input: {}, result: 'ok' } } as const]) {
      const { guard } = guardOf('brain');
      const heard: BrainOutput[] = [];
      const brain = guardBrain(
        brainOf(async function* () {
          yield begun;
          throw unreachable('openai', refused);
        }),
        guard,
        async () => ownBrain,
      );
      await assert.rejects(
        async () => {
          for await (const output of brain.answer(request, new AbortController().signal)) heard.push(output);
        },
        { code: 'assistant_unreachable' },
      );
      assert.deepEqual(heard, [begun]);
    }
  });

  test('that hangs in the middle fails the turn in time', async () => {
    const { guard, clock } = guardOf('brain');
    const brain = guardBrain(
      brainOf(async function* () {
        yield text('It is ');
        await hang();
      }),
      guard,
    );
    const failure = assert.rejects(hear(brain), { code: 'assistant_timeout' });
    await clock.pass(0);
    await clock.pass(5_000);
    await failure;
  });

  test('that works again is told again when it fails later', async () => {
    let works = false;
    const { guard, notices } = guardOf('brain');
    const brain = guardBrain(
      brainOf(async function* () {
        if (!works) throw unreachable('openai', refused);
        yield text('theirs');
      }),
      guard,
      async () => ownBrain,
    );
    await hear(brain);
    assert.ok(notices.take('kitchen'));
    works = true;
    assert.equal(await hear(brain), 'theirs');
    works = false;
    await hear(brain);
    assert.ok(notices.take('kitchen'));
  });

  test('an abort ends it without an error, an answer of the fallback or a verdict', async () => {
    const { guard, clock } = guardOf('brain');
    const stop = new AbortController();
    let closed = false;
    const brain = guardBrain(
      brainOf(async function* (_, signal) {
        signal.addEventListener('abort', () => {
          closed = true;
        });
        yield await hang();
      }),
      guard,
      async () => ownBrain,
    );
    const heard = hear(brain, stop.signal);
    await clock.pass(0);
    stop.abort();
    assert.equal(await heard, '');
    assert.ok(closed);
    assert.deepEqual([guard.stats().failures, guard.stats().circuit], [0, 'closed']);
  });

  test('whose cap of the day is used up is not used, for this device only', async () => {
    const { guard, notices, clock } = guardOf('brain', { cap: 2 });
    const brain = guardBrain(
      brainOf(async function* ({ device }) {
        guard.reportUsage(device.name, { requests: 1 });
        yield text('theirs');
      }),
      guard,
      async () => ownBrain,
    );
    assert.deepEqual([await hear(brain), await hear(brain), await hear(brain)], ['theirs', 'theirs', 'own']);
    assert.match(notices.take('kitchen') ?? '', /^The budget of today for my language model is used up, so/);
    const other = { ...request, device: defaultProfile('hall') };
    for await (const output of brain.answer(other, new AbortController().signal))
      assert.deepEqual(output, text('theirs'));
    clock.setWallClock(clock.wallNow() + 24 * 3_600_000);
    assert.equal(await hear(brain), 'theirs');
  });

  test('without a fallback the turn fails with the cause, and no notice', async () => {
    const { guard, notices } = guardOf('brain', { cap: 0, hasFallback: false });
    await assert.rejects(hear(guardBrain(ownBrain, guard)), { code: 'assistant_budget' });
    assert.equal(notices.take('kitchen'), undefined);
  });
});

describe('a synthesizer', () => {
  const pcm = (value: number): Pcm => ({ samples: new Int16Array(10).fill(value), sampleRateHz: 24_000 });
  const own: Synthesizer = {
    async *speak(_, { voice }) {
      yield pcm(voice === undefined ? 2 : -1);
    },
    close: async () => {},
  };
  const speakOf = (speak: () => AsyncGenerator<Pcm>): Synthesizer => ({ speak, close: async () => {} });

  async function spoken(synthesizer: Synthesizer): Promise<number[]> {
    const values: number[] = [];
    const options = { device: 'kitchen', voice: 'alloy', language: 'en', signal: new AbortController().signal };
    for await (const { samples } of synthesizer.speak(SAID, options)) values.push(samples[0] ?? 0);
    return values;
  }

  const wrong: Record<string, () => AsyncGenerator<Pcm>> = {
    async *silent() {
      yield* [];
    },
    async *'sending nothing'() {
      yield { samples: new Int16Array(0), sampleRateHz: 24_000 };
    },
    async *'sending no PCM'() {
      yield { samples: 'RIFF' as never, sampleRateHz: 24_000 };
    },
    async *'with an impossible rate'() {
      yield { samples: new Int16Array(1), sampleRateHz: 7 };
    },
    async *'whose words end before they begin'() {
      yield { ...pcm(1), wordEndsMs: [200, 100] };
    },
    async *'that fails'() {
      yield await Promise.reject(unreachable('openai', refused));
    },
  };
  for (const [what, speak] of Object.entries(wrong)) {
    test(`${what}: the own voice speaks the sentence`, async () => {
      const { guard, notices } = guardOf('synthesizer');
      assert.deepEqual(await spoken(guardSynthesizer(speakOf(speak), guard, async () => own)), [2]);
      assert.match(notices.take('kitchen') ?? '', /my voice.*, so I use another one\.$/i);
    });
  }

  test('that fails after the first sample: the sentence fails', async () => {
    const { guard } = guardOf('synthesizer');
    const synthesizer = speakOf(async function* () {
      yield pcm(1);
      yield { samples: [] as never, sampleRateHz: 24_000 };
    });
    await assert.rejects(spoken(guardSynthesizer(synthesizer, guard, async () => own)), {
      code: 'assistant_bad_answer',
    });
  });
});

describe('a transcriber', () => {
  const frame = (value: number) => new Uint8Array([value]);
  /** Its text is what was pushed. */
  function listener(
    name: string,
    changes: Partial<Utterance> & { begins?: (options: UtteranceOptions) => void } = {},
  ): Transcriber {
    return {
      begin(options) {
        changes.begins?.(options);
        const pushed: string[] = [];
        return {
          push: (frames, gapSamples) => void pushed.push(`${frames.map(String).join(' ')}/${gapSamples}`),
          finish: async () => ({ text: `${name}: ${pushed.join(', ')}` }),
          ...changes,
        };
      },
      close: async () => {},
    };
  }
  const own = listener('own');
  const options = (signal = new AbortController().signal): UtteranceOptions => ({
    device: 'kitchen',
    language: 'en',
    signal,
  });

  async function transcribed(transcriber: Transcriber, between: () => Promise<void> = async () => {}): Promise<string> {
    const utterance = transcriber.begin(options());
    utterance.push([frame(1), frame(2)], 0);
    utterance.push([frame(3)], 960);
    await between();
    const finished = utterance.finish();
    await between();
    return (await finished).text;
  }

  test('that works is used alone', async () => {
    const { guard } = guardOf('transcriber');
    const text = await transcribed(guardTranscriber(listener('theirs'), guard, async () => own));
    assert.equal(text, 'theirs: 1 2/0, 3/960');
    assert.equal(guard.stats().fallbacks, 0);
  });

  const fail = (): never => {
    throw unreachable('openai', refused);
  };
  const failing: Record<string, Transcriber> = {
    'when it begins': listener('theirs', { begins: fail }),
    'when it hears': listener('theirs', { push: fail }),
    'at the end': listener('theirs', { finish: async () => fail() }),
    'with no transcript': listener('theirs', { finish: async () => ({}) as never }),
    'by hanging': listener('theirs', { finish: hang }),
  };
  for (const [when, transcriber] of Object.entries(failing)) {
    test(`that fails ${when}: the own one gets all of the utterance, once, in order`, async () => {
      const { guard, clock, notices } = guardOf('transcriber');
      const guarded = guardTranscriber(transcriber, guard, async () => own);
      const pass = () => clock.pass(when === 'by hanging' ? 5_000 : 0);
      assert.equal(await transcribed(guarded, pass), 'own: 1 2/0, 3/960');
      assert.match(notices.take('kitchen') ?? '', /speech recognition.*, so I listen on my own\.$/);
      assert.equal(await transcribed(guarded, pass), 'own: 1 2/0, 3/960');
      // The circuit is open: it hears from the beginning.
      assert.equal(await transcribed(guarded), 'own: 1 2/0, 3/960');
      assert.equal(guard.stats().circuit, 'open');
    });
  }

  test('reports nothing any more once it has failed, and is aborted', async () => {
    const { guard, clock } = guardOf('transcriber');
    let theirs: UtteranceOptions | undefined;
    const failing = listener('theirs', {
      begins: (given) => {
        theirs = given;
      },
      finish: hang,
    });
    const partials: string[] = [];
    const utterance = guardTranscriber(failing, guard, async () => own).begin({
      ...options(),
      onPartial: ({ text }) => void partials.push(text),
    });
    theirs?.onPartial?.({ text: 'before', stableText: '' });
    const finished = utterance.finish();
    await clock.pass(5_000);
    await finished;
    theirs?.onPartial?.({ text: 'after', stableText: '' });
    assert.deepEqual(partials, ['before']);
    assert.ok(theirs?.signal.aborted);
  });

  test('an abort rejects with its reason, without a verdict', async () => {
    const { guard, clock } = guardOf('transcriber');
    const stop = new AbortController();
    const utterance = guardTranscriber(listener('theirs', { finish: hang }), guard, async () => own).begin(
      options(stop.signal),
    );
    const failure = assert.rejects(utterance.finish(), (error: EarshotError) => error.message === 'enough');
    await clock.pass(0);
    stop.abort(new Error('enough'));
    await failure;
    assert.deepEqual([guard.stats().failures, guard.stats().fallbacks], [0, 0]);
  });
});
