/**
 * A turn of a device that listens, in virtual time: the gateway ends it before FINAL, or finds out that nobody spoke.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import { type ListenedUtteranceOptions, NO_UTTERANCES } from '../../../actors/assistant/endpointing/endpointing.ts';
import type { JudgedText } from '../../../actors/assistant/endpointing/pause-state.ts';
import type { Tool } from '../../../actors/assistant/parts/tool.ts';
import type { CompletedTurn } from '../../../actors/session/turn-recorder.ts';
import { arrivals, connect, utterancePackets, virtualGateway } from '../../protocol/virtual-gateway.ts';
import { hello, packet, turnStart } from '../../support/client.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import { type Script, scriptedParts } from './scripted-parts.ts';

const LISTENING = hello('kitchen', { features: ['listen'] });
const VOICE = { trigger: 'voice', patience: 'quick' };

interface Detector {
  options: ListenedUtteranceOptions;
  frames: number;
  words: (readonly JudgedText[])[];
}

interface KitchenOptions {
  /** What the detector finds at FINAL. */
  spoke?: boolean;
  start?: object;
  /** Of the brain. */
  understands?: (text: string) => Promise<number>;
  /** What is recognised, by turn. */
  texts?: string[];
  reply?: NonNullable<Script['reply']>;
  tools?: () => readonly Tool[];
  onAnswer?: (answer: object) => void;
}

async function kitchen(options: KitchenOptions = {}) {
  const {
    spoke = true,
    start = VOICE as object,
    texts = ['what time is it'],
    understands,
    reply,
    tools,
    onAnswer,
  } = options;
  let clock: VirtualClock | undefined;
  const detectors: Detector[] = [];
  const recorded: string[] = [];
  const parts = scriptedParts({ texts, ...(reply && { reply }), clock: () => clock as VirtualClock });
  const endpointing = {
    begin(options: ListenedUtteranceOptions) {
      const detector: Detector = { options, frames: 0, words: [] };
      detectors.push(detector);
      return {
        push(frames: readonly Uint8Array[]) {
          detector.frames += frames.length;
        },
        words: (hearings: readonly JudgedText[]) => void detector.words.push(hearings),
        finish: async () => spoke,
      };
    },
    counts: () => NO_UTTERANCES,
    async close() {},
  };
  const gateway = virtualGateway({
    responder: createAssistant({
      ...parts,
      brain: { ...parts.brain, ...(understands && { understands }) },
      endpointing,
      ...(tools && { tools }),
      ...(onAnswer && { onAnswer }),
    }),
    recorder: {
      has: () => false,
      async record({ id }: CompletedTurn) {
        recorded.push(id);
      },
    },
  });
  clock = gateway.clock;
  const { device } = gateway;
  device.say(LISTENING, turnStart(1, start));
  await clock.run(10);
  return {
    ...{ clock, device, parts, detectors, recorded, sessions: gateway.sessions },
    detector: detectors[0] as Detector,
  };
}

test('the recogniser knows that nobody holds a key: the microphone may be far away', async () => {
  const listened = await kitchen();
  const pressed = await kitchen({ start: { trigger: 'key' } });
  assert.equal(listened.parts.utterances[0]?.isDistant, true);
  assert.equal(pressed.parts.utterances[0]?.isDistant, false);
});

test('the answer begins when the gateway has ended the utterance, before FINAL', async () => {
  const { clock, device, parts, detector, recorded } = await kitchen();
  assert.deepEqual([detector.options.device, detector.options.patience], ['kitchen', 'quick']);
  assert.equal(detector.options.knowsWords, true);
  device.say(packet({ turn: 1, sequence: 0 }));
  await clock.run(10);
  parts.utterances[0]?.onPause?.({ text: 'what time is it' });
  detector.options.onHold(500, 1);
  detector.options.onUtteranceEnd('finished');
  device.say(packet({ turn: 1, sequence: 2 }));
  await clock.run(1_000);
  assert.deepEqual(detector.words, [[{ text: 'what time is it', understood: undefined }]]);
  assert.equal(arrivals(device, 'listen.hold')[0]?.message.holdMs, 500);
  assert.equal(arrivals(device, 'listen.end')[0]?.message.reason, 'finished');
  assert.equal(arrivals(device, 'turn.processing')[0]?.message.transcript, 'what time is it');
  assert.ok(arrivals(device, 'packet').length > 0, 'the reply is on its way');
  assert.deepEqual(parts.heard, [2], 'what comes after the end is not recognised');
  device.say(packet({ turn: 1, sequence: 4, flags: 1, frames: [] }));
  await clock.run(5_000);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  assert.equal(recorded.length, 1);
  assert.equal(parts.asked.length, 1);
});

test('the detector learns how well the brain understands what was heard before a pause, and each text is judged once', async () => {
  const judged: string[] = [];
  const { clock, parts, detector } = await kitchen({
    async understands(text) {
      judged.push(text);
      return text.length / 100;
    },
  });
  parts.utterances[0]?.onPause?.({ text: 'what time is it' });
  await clock.run(10);
  parts.utterances[0]?.onPause?.({ text: 'what time is it', alternatives: ['that time', 'what time is it'] });
  await clock.run(10);
  const [text, other] = [
    { text: 'what time is it', understood: 0.15 },
    { text: 'that time', understood: 0.09 },
  ];
  assert.deepEqual(detector.words, [[text], [text, other, text]]);
  assert.deepEqual(judged, ['what time is it', 'that time']);
});

test('words that were judged late do not replace later ones', async () => {
  const { clock, parts, detector } = await kitchen({
    understands: (text) => new Promise((resolve) => clock.setTimeout(() => resolve(1), text === 'late' ? 500 : 10)),
  });
  parts.utterances[0]?.onPause?.({ text: 'late' });
  parts.utterances[0]?.onPause?.({ text: 'what time is it' });
  await clock.run(1_000);
  assert.deepEqual(detector.words, [[{ text: 'what time is it', understood: 1 }]]);
});

test('a draft is answered anew when another hearing is understood better', async () => {
  const { clock, device, parts, detector } = await kitchen({ texts: ['what time is it'] });
  device.say(packet({ turn: 1, sequence: 0 }));
  parts.utterances[0]?.onPause?.({ text: 'what dime is it' });
  await clock.run(10);
  parts.utterances[0]?.onPause?.({ text: 'what time is it', alternatives: ['what dime is it'] });
  await clock.run(10);
  detector.options.onUtteranceEnd('finished');
  await clock.run(1_000);
  assert.deepEqual(
    parts.asked.map(({ text }) => text),
    ['what dime is it', 'what time is it'],
  );
});

test('FINAL of the device ends the utterance, too, and the detector is not needed any more', async () => {
  const { clock, device, detector, recorded } = await kitchen();
  device.say(...utterancePackets(1, 2));
  await clock.run(20);
  detector.options.onUtteranceEnd('finished');
  await clock.run(5_000);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  assert.equal(detector.frames, 4);
  assert.equal(recorded.length, 1);
  assert.equal(detector.options.signal.aborted, true, 'it is released with the turn');
});

describe('when nobody spoke, nothing is answered, remembered or recorded', () => {
  for (const isAtFinal of [true, false]) {
    for (const isCancelled of [true, false]) {
      test(`${isAtFinal ? 'at FINAL' : 'before it'}; the device ${isCancelled ? 'cancels' : 'does not cancel'} the turn`, async () => {
        const { clock, device, parts, detector, recorded } = await kitchen({ spoke: false });
        parts.utterances[0]?.onPause?.({ text: 'the the the' });
        await clock.run(20);
        if (!isAtFinal) detector.options.onUtteranceEnd('no-speech');
        device.say(...utterancePackets(1, 2));
        await clock.run(20);
        assert.deepEqual(
          arrivals(device, 'listen.end').map(({ message }) => message.reason),
          ['no-speech'],
        );
        if (isCancelled) device.say({ type: 'turn.abort', turn: 1, reason: 'cancelled' });
        await clock.run(20_000);
        for (const type of ['reply.start', 'packet', 'turn.stored', 'error']) {
          assert.equal(arrivals(device, type).length, 0, type);
        }
        assert.equal(arrivals(device, 'turn.done').length, isCancelled ? 0 : 1);
        assert.deepEqual(recorded, []);
        assert.deepEqual(await parts.messages(), []);
      });
    }
  }
});

test('a turn that a key ends has no detector', async () => {
  const { clock, device, detectors, recorded } = await kitchen({ start: { trigger: 'key' } });
  device.say(...utterancePackets(1, 2));
  await clock.run(5_000);
  assert.equal(detectors.length, 0);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  assert.equal(recorded.length, 1);
});

describe('a sentence that was taken for two', () => {
  /** Turns whose ends are found, `gapsMs` apart; what the brain was told of each: its first part and its text. */
  async function speak(gapsMs: readonly number[], options: KitchenOptions = {}) {
    const texts = ['What is the local time?', 'What is the local time in?', 'What is the local time in Tokyo?'];
    const kitchenLine = await kitchen({ texts, ...options });
    const { clock, device, detectors, parts } = kitchenLine;
    for (const [index, gapMs] of [0, ...gapsMs].entries()) {
      await clock.run(gapMs);
      if (index > 0) device.say(turnStart(index + 1, options.start ?? VOICE));
      await clock.run(0);
      device.say(packet({ turn: index + 1, sequence: 0 }));
      await clock.run(10);
      detectors[index]?.options.onUtteranceEnd('finished');
      if (!detectors[index]) device.say(packet({ turn: index + 1, sequence: 2, flags: 1, frames: [] }));
    }
    await clock.run(2_000);
    return { ...kitchenLine, asked: parts.asked.map(({ firstPart, text }) => [firstPart, text]) };
  }

  test('is recognised with its rest, when the person goes on in the first second of the answer', async () => {
    const { asked, parts, detectors } = await speak([900, 1_500]);
    assert.deepEqual(parts.heard, [2, 4, 6]);
    assert.deepEqual(asked, [
      [undefined, 'What is the local time?'],
      ['What is the local time?', 'What is the local time in?'],
      ['What is the local time in?', 'What is the local time in Tokyo?'],
    ]);
    assert.deepEqual(
      detectors.map(({ frames }) => frames),
      [2, 2, 2],
      'the end is looked for in the rest',
    );
  });

  test('of more than 15 seconds, it is not', async () => {
    const { clock, device, detectors, parts } = await kitchen({ texts: ['a', 'b'] });
    for (let i = 0; i < 126; i++) {
      device.say(packet({ turn: 1, sequence: 6 * i, frames: Array.from({ length: 6 }, () => [1, 2]) }));
      await clock.run(120);
    }
    detectors[0]?.options.onUtteranceEnd('finished');
    await clock.run(900);
    device.say(turnStart(2, VOICE), packet({ turn: 2, sequence: 0 }));
    await clock.run(10);
    assert.deepEqual(parts.heard, [756, 2]);
  });

  test('later it is another sentence, and so it is after a key', async () => {
    assert.deepEqual(
      (await speak([1_601])).asked.map(([firstPart]) => firstPart),
      [undefined, undefined],
    );
    assert.deepEqual((await speak([1_601])).parts.heard, [2, 2]);
    assert.deepEqual(
      (await speak([900], { start: { trigger: 'key' } })).asked.map(([firstPart]) => firstPart),
      [undefined, undefined],
    );
  });

  test('what a key has ended is over, and what was not ended has no rest', async () => {
    for (const trigger of ['key', 'voice']) {
      const { clock, device, detectors, parts } = await kitchen({
        ...{ texts: ['What is the local time?', 'In Tokyo?'], start: trigger === 'key' ? { trigger } : VOICE },
      });
      device.say(packet({ turn: 1, sequence: 0, flags: trigger === 'key' ? 1 : 0 }));
      await clock.run(100);
      device.say(turnStart(2, VOICE), packet({ turn: 2, sequence: 0 }));
      await clock.run(10);
      detectors.at(-1)?.options.onUtteranceEnd('finished');
      await clock.run(2_000);
      assert.deepEqual(parts.heard, [2, 2], trigger);
      assert.deepEqual(
        parts.asked.map(({ firstPart }) => firstPart),
        trigger === 'key' ? [undefined, undefined] : [undefined],
      );
    }
  });

  test('its frames are let go when the next turn has begun: a device that talks much takes no other one its first part', async () => {
    const { clock, device, sessions, detectors, parts } = await kitchen({ texts: ['What is the local time?'] });
    const hall = connect(sessions, clock);
    hall.say(hello('hall', { features: ['listen'] }));
    await clock.run(10);
    hall.say(turnStart(1, VOICE));
    await clock.run(0);
    hall.say(packet({ turn: 1, sequence: 0 }));
    await clock.run(10);
    detectors[1]?.options.onUtteranceEnd('finished');
    for (let turn = 2; turn < 60; turn++) {
      device.say(turnStart(turn, VOICE), packet({ turn, sequence: 0 }));
      await clock.run(10);
    }
    hall.say(turnStart(2, VOICE), packet({ turn: 2, sequence: 0 }));
    await clock.run(10);
    assert.equal(parts.heard.length, 61);
    assert.equal(parts.heard.at(-1), 4, 'with its first part');
  });

  test('after a tool has changed something, it is not', async () => {
    for (const [effect, firstPart] of [
      ['reads', 'What is the local time?'],
      ['changes', undefined],
    ] as const) {
      const tool: Tool = { name: 'it', effect, description: '', parameters: {}, call: async () => 'done' };
      const reply: KitchenOptions['reply'] = async function* ({ tools: [given], device, turnId, nowMs }) {
        await given?.call({}, { device, turnId, nowMs, signal: new AbortController().signal });
        yield 'It is noon.';
      };
      const { asked, parts } = await speak([900], { reply, tools: () => [tool] });
      assert.equal(asked[1]?.[0], firstPart, effect);
      assert.deepEqual(parts.heard, [2, effect === 'reads' ? 4 : 2]);
    }
  });
});

test('a noise that interrupts an answer does not take it away: it is given again, once', async () => {
  for (const isAtFinal of [true, false]) {
    const { clock, device, detectors, parts } = await kitchen({
      texts: ['what time is it', 'the', 'the'],
      spoke: false,
    });
    device.say(packet({ turn: 1, sequence: 0 }));
    await clock.run(10);
    detectors[0]?.options.onUtteranceEnd('finished');
    for (const turn of [2, 3]) {
      await clock.run(900);
      device.say(turnStart(turn, VOICE));
      await clock.run(10);
      if (!isAtFinal) detectors[turn - 1]?.options.onUtteranceEnd('no-speech');
      device.say(...utterancePackets(turn, 2));
    }
    await clock.run(2_000);
    assert.deepEqual(
      parts.asked.map(({ text }) => text),
      ['what time is it', 'what time is it'],
    );
    assert.deepEqual(
      arrivals(device, 'listen.end').map(({ message: { turn, reason } }) => `${turn} ${reason}`),
      ['1 finished', ...(isAtFinal ? [] : ['2 finished']), '3 no-speech'],
    );
    assert.deepEqual(
      (await parts.messages()).filter(([role]) => role === 'person'),
      [['person', 'what time is it']],
    );
  }
});

test('a turn that is over holds none of those before it', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const answers: WeakRef<object>[] = [];
  const { clock, device, parts } = await kitchen({
    ...{ texts: ['one', 'two', 'three', 'four'], start: { trigger: 'key' } },
    onAnswer: (answer) => void answers.push(new WeakRef(answer)),
  });
  for (const turn of [1, 2, 3, 4]) {
    if (turn > 1) device.say(turnStart(turn, { trigger: 'key' }));
    await clock.run(10);
    device.say(packet({ turn, sequence: 0, flags: 1 }));
    await clock.run(2_000);
    device.say({ type: 'playback', turn, event: 'drained', playedMs: 220 });
    await clock.run(10);
  }
  await clock.run(60_000);
  // What the test itself holds.
  parts.utterances.length = 0;
  parts.asked.length = 0;
  await new Promise(setImmediate);
  collectGarbage();
  assert.equal(answers.length, 4);
  // The first one is still held by what began it.
  assert.ok(answers[1]?.deref() === undefined);
});
