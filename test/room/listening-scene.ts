/** Scenes of a person and a device that listens, as the tests of it need them. */
import assert from 'node:assert/strict';
import { before } from 'node:test';
import { chooseEchoCanceller } from '../../actors/echo/providers/choose.ts';
import { openVoiceDetector } from '../../actors/listening/voice-detector.ts';
import type { OpenWakeEngine } from '../../actors/listening/wake-engine.ts';
import { type ListenSettings, PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { speechIn } from './activity.ts';
import { startVirtualLine, type VirtualLine, type VirtualLineOptions } from './virtual-line.ts';

export const VOICE: ListenSettings = { ...PUSH_TO_TALK, mode: 'voice' };
export const WAKE: ListenSettings = { ...PUSH_TO_TALK, mode: 'wake' };
/** A sentence without a long pause. */
export const SENTENCE = firstStretch(readSamples(SHORT_SPEECH));
export const SPEECH_DB = -30;

export function firstStretch(recording: Int16Array): Int16Array {
  const [first] = speechIn(recording);
  assert.ok(first && first.to - first.from > 16_000);
  return recording.slice(Math.max(0, first.from - 800), first.to + 800);
}

/** Detector and canceller are loaded in real time: before virtual time begins. */
export function loadBeforeTests(): void {
  before(async () => {
    (await openVoiceDetector()).close();
    await chooseEchoCanceller('speex', { microphone: 'room', speaker: 'room' });
  });
}

export async function inRoom(
  options: Partial<VirtualLineOptions>,
  scene: (line: VirtualLine) => Promise<void>,
): Promise<void> {
  const line = await startVirtualLine({ settings: VOICE, ...options });
  try {
    await scene(line);
  } finally {
    line.stop();
  }
}

export const told = (line: VirtualLine) => line.told.map(({ is }) => is);
export const isQuiet = (line: VirtualLine) => line.state() === 'idle';

export async function untilOver(line: VirtualLine): Promise<void> {
  await line.clock.runUntil(() => !isQuiet(line), 10_000, 'a turn begins');
  await line.clock.runUntil(() => isQuiet(line), 60_000, 'the turn is over');
}

/** The silence of a room: nothing follows. */
export async function nothingFollows(line: VirtualLine): Promise<void> {
  const turns = line.states.filter(({ is }) => is === 'recording').length;
  await line.clock.run(3_000);
  assert.equal(line.states.filter(({ is }) => is === 'recording').length, turns, 'no turn begins in silence');
  assert.equal(line.told.at(-1)?.is, 'waiting');
}

/** Hears its word when the test says so. */
export function wakeEngineOnCommand(): { open: OpenWakeEngine; wake(): void } {
  let lastSampleAtMs = 0;
  let report: Parameters<OpenWakeEngine>[0] | undefined;
  return {
    async open(onWake) {
      report = onWake;
      return {
        push(_samples, atMs) {
          lastSampleAtMs = atMs;
        },
        close() {
          report = undefined;
        },
      };
    },
    wake: () => report?.({ word: 'w', score: 1, startedAtMs: lastSampleAtMs - 800, endedAtMs: lastSampleAtMs - 100 }),
  };
}
