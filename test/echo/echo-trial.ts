/**
 * A reply in a room through the echo cancellation, without clocks: card and microphone are called in the order of their samples. The
 * times that they tell may be wrong by a constant, as those of real cards are.
 */

import { createEchoCancellation, type EchoCancellation } from '../../actors/echo/echo-cancellation.ts';
import { chooseEchoCanceller } from '../../actors/echo/providers/choose.ts';
import { demandBlock } from '../../actors/sound/demand.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { type Acoustics, BLOCK } from '../room/acoustics.ts';
import { rms } from '../room/sounds.ts';
import { eventually } from '../support/eventually.ts';
import { fakeMicrophone, fakeSpeaker } from '../support/fake-sound.ts';
import { testScope } from '../support/test-scope.ts';

const START_MS = 5_000;
const OUTPUT_LATENCY_MS = 30;
/** A microphone delivers this many blocks at a time. */
const MICROPHONE_BLOCKS = 2;

export interface EchoTrial {
  echo: EchoCancellation;
  /** Everything that came from the microphone, by sample of the room, before and after. */
  before: Int16Array;
  after: Int16Array;
  /** Of all blocks so far, when `play` or `wait` has ended. */
  samples: number;
  /** The same at any time. */
  at(): number;
  /** Plays these samples to their end in a newly opened speaker. `disturbance`: runs at this time of it. */
  play(reply: Int16Array, disturbance?: { atMs: number; run: () => void }): Promise<void>;
  /** Lets time pass. */
  wait(ms: number): void;
  /** The microphone has dropped a block of 20 ms. */
  overflow(): void;
  /** The speaker ran out of samples for so long. */
  underflow(ms: number): void;
  /** How much less of the microphone is left between these times, dB. */
  reductionDb(fromS: number, toS: number): number;
  close(): void;
}

export interface EchoTrialOptions {
  /** The room, or what it recorded. */
  acoustics: Pick<Acoustics, 'hear' | 'loudspeaker'>;
  canceller?: string;
  seconds: number;
  /** From loudspeaker to microphone, beside what the speaker tells. */
  hiddenDelayMs?: number;
  /** By how much the times of the next opened speaker are wrong, ms. */
  speakerErrorMs?: () => number;
  onSamples?: (samples: Int16Array, lastSampleAtMs: number) => void;
}

export async function openEchoTrial(options: EchoTrialOptions): Promise<EchoTrial> {
  const { acoustics, canceller = 'speex', seconds, hiddenDelayMs = 40, speakerErrorMs = () => 0, onSamples } = options;
  const [microphone, speaker] = [fakeMicrophone(), fakeSpeaker(OUTPUT_LATENCY_MS)];
  const echo = createEchoCancellation({
    openMicrophone: microphone.open,
    openSpeaker: speaker.open,
    isOn: () => true,
    choose: () => chooseEchoCanceller(canceller, { microphone: 'room', speaker: 'room' }),
  });
  const scope = testScope(systemClock);
  const length = seconds * 1_000 * SAMPLES_PER_MS;
  const [before, after] = [new Int16Array(length), new Int16Array(length)];
  const block = new Int16Array(BLOCK * MICROPHONE_BLOCKS);
  let at = 0;
  let drops = 0;
  let lateMs = 0;
  let feed: (() => void) | undefined;

  await echo.openMicrophone(
    {
      onSamples(samples, lastSampleAtMs) {
        const end = Math.round((lastSampleAtMs - START_MS) * SAMPLES_PER_MS);
        if (end <= length) after.set(samples, end - samples.length);
        onSamples?.(samples, lastSampleAtMs);
      },
      onEnd() {},
      onOverflow() {},
      onLost() {},
    },
    scope,
  );
  step();
  await eventually(() => echo.metrics(), 'the canceller is loaded');

  function step(): void {
    for (let i = 0; i < MICROPHONE_BLOCKS; i++) {
      feed?.();
      const heard = acoustics.hear(at + i * BLOCK).microphone;
      for (let k = 0; k < BLOCK; k++) block[i * BLOCK + k] = clipped((heard[k] ?? 0) * 32_768);
    }
    if (at + block.length <= length) before.set(block, at);
    at += block.length;
    if (drops > 0) {
      drops -= 1;
      microphone.handlers?.onOverflow();
    } else microphone.handlers?.onSamples(block, START_MS + at / SAMPLES_PER_MS);
  }

  const trial: EchoTrial = {
    ...{ echo, before, after, samples: 0 },
    at: () => at,
    async play(reply, disturbance) {
      let played = 0;
      let dueAtMs = START_MS + at / SAMPLES_PER_MS + speakerErrorMs();
      const onDemand = (out: Int16Array) => {
        out.set(reply.subarray(played, played + out.length));
        played += out.length;
        return out.length;
      };
      const opened = await echo.openSpeaker({ onDemand, onUnderflow() {}, onLost() {} }, scope);
      acoustics.loudspeaker.begin(at + (OUTPUT_LATENCY_MS + hiddenDelayMs) * SAMPLES_PER_MS);
      const out = new Int16Array(BLOCK);
      feed = () => {
        demandBlock((part, dueMs) => speaker.handlers?.onDemand(part, dueMs) ?? part.length, out, dueAtMs);
        dueAtMs += BLOCK / SAMPLES_PER_MS + lateMs;
        lateMs = 0;
        acoustics.loudspeaker.give(out);
      };
      // With what the card holds.
      let isDisturbed = disturbance === undefined;
      while (played < reply.length + 100 * SAMPLES_PER_MS) {
        step();
        if (isDisturbed || played < (disturbance?.atMs ?? 0) * SAMPLES_PER_MS) continue;
        isDisturbed = true;
        disturbance?.run();
      }
      feed = undefined;
      opened.close();
      trial.samples = at;
    },
    wait(ms) {
      for (let left = ms; left > 0; left -= block.length / SAMPLES_PER_MS) step();
      trial.samples = at;
    },
    overflow() {
      drops += 1;
    },
    underflow(ms) {
      lateMs += ms;
      acoustics.loudspeaker.stall(ms * SAMPLES_PER_MS);
      speaker.handlers?.onUnderflow();
    },
    reductionDb(fromS, toS) {
      const range = [Math.round(fromS * SAMPLE_RATE_HZ), Math.round(toS * SAMPLE_RATE_HZ)] as const;
      return 20 * Math.log10((rms(before, ...range) + 1e-3) / (rms(after, ...range) + 1e-3));
    },
    close() {
      scope.end();
      echo.close();
    },
  };
  return trial;
}

function clipped(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}
