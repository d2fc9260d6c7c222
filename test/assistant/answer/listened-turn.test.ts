/**
 * A turn of a device that listens, in virtual time: the gateway ends it before FINAL, or finds out that nobody spoke.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import type { ListenedUtteranceOptions } from '../../../actors/assistant/endpointing/endpointing.ts';
import type { CompletedTurn } from '../../../actors/session/turn-recorder.ts';
import { arrivals, utterancePackets, virtualGateway } from '../../protocol/virtual-gateway.ts';
import { hello, packet, turnStart } from '../../support/client.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import { scriptedParts } from './scripted-parts.ts';

const LISTENING = hello('kitchen', { features: ['listen'] });
const VOICE = { trigger: 'voice', patience: 'quick' };

interface Detector {
  options: ListenedUtteranceOptions;
  frames: number;
  words: [text: string, understood: number | undefined][];
}

interface KitchenOptions {
  /** What the detector finds at FINAL. */
  spoke?: boolean;
  start?: object;
  /** Of the brain. */
  understands?: (text: string) => Promise<number>;
}

async function kitchen({ spoke = true, start = VOICE as object, understands }: KitchenOptions = {}) {
  let clock: VirtualClock | undefined;
  const detectors: Detector[] = [];
  const recorded: string[] = [];
  const parts = scriptedParts({ texts: ['what time is it'], clock: () => clock as VirtualClock });
  const endpointing = {
    begin(options: ListenedUtteranceOptions) {
      const detector: Detector = { options, frames: 0, words: [] };
      detectors.push(detector);
      return {
        push(frames: readonly Uint8Array[]) {
          detector.frames += frames.length;
        },
        words: (text: string, understood?: number) => void detector.words.push([text, understood]),
        finish: async () => spoke,
      };
    },
    counts: () => ({ utterances: 0, holds: 0, ended: 0, falseStarts: 0, falseStartSeconds: 0, falseStartBytes: 0 }),
    async close() {},
  };
  const gateway = virtualGateway({
    responder: createAssistant({
      ...parts,
      brain: { ...parts.brain, ...(understands && { understands }) },
      endpointing,
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
  return { ...{ clock, device, parts, detectors, recorded }, detector: detectors[0] as Detector };
}

test('the answer begins when the gateway has ended the utterance, before FINAL', async () => {
  const { clock, device, parts, detector, recorded } = await kitchen();
  assert.equal(detector.options.patience, 'quick');
  assert.equal(detector.options.knowsWords, true);
  device.say(packet({ turn: 1, sequence: 0 }));
  await clock.run(10);
  parts.utterances[0]?.onPause?.({ text: 'what time is it' });
  detector.options.onHold(500);
  detector.options.onUtteranceEnd('finished');
  device.say(packet({ turn: 1, sequence: 2 }));
  await clock.run(1_000);
  assert.deepEqual(detector.words, [['what time is it', undefined]]);
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

test('the detector learns how well the brain understands the words before a pause', async () => {
  const { clock, parts, detector } = await kitchen({ understands: async (text) => text.length / 100 });
  parts.utterances[0]?.onPause?.({ text: 'what time is it' });
  await clock.run(10);
  assert.deepEqual(detector.words, [['what time is it', 0.15]]);
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
