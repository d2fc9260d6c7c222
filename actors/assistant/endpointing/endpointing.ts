/**
 * The end of speech at the gateway, for devices that listen: the voice in the frames of a turn, found in a thread, and the words that the
 * transcriber recognises, become holds and ends (`listen.hold`, `listen.end`). The thread starts with the first such turn.
 */
import type { QueueRegistry } from '../../../src/core/actor/queue-metrics.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { EndReason, Patience } from '../../../src/protocol/listening.ts';
import { createUtteranceThread, type UtteranceThread } from '../recognition/utterance-decoder.ts';
import { type EndDecision, EndOfUtterance } from './end-decision.ts';
import type { JudgedText } from './pause-state.ts';
import { WaitFactors } from './wait-factor.ts';

export interface EndpointingOptions {
  /** Path of Silero's model. */
  model: string;
  queues?: QueueRegistry | undefined;
  clock: Clock;
  log: Log;
}

export interface Endpointing {
  /** An utterance of a device that listens. It does not throw. */
  begin(options: ListenedUtteranceOptions): ListenedUtterance;
  counts(): EndpointingCounts;
  close(): Promise<void>;
}

export interface EndpointingCounts {
  utterances: number;
  holds: number;
  /** Utterances that were ended here, before the device did. */
  ended: number;
  /** Utterances that began so soon after an end that they may be the rest of the sentence. */
  continued: number;
  /** Utterances in which nobody spoke, and what was sent because of them. */
  falseStarts: number;
  falseStartSeconds: number;
  falseStartBytes: number;
}

export const NO_UTTERANCES: EndpointingCounts = {
  ...{ utterances: 0, holds: 0, ended: 0, continued: 0 },
  ...{ falseStarts: 0, falseStartSeconds: 0, falseStartBytes: 0 },
};

export interface ListenedUtteranceOptions {
  device: string;
  patience: Patience;
  /** Whether {@link ListenedUtterance.words} is called in pauses. */
  knowsWords: boolean;
  signal: AbortSignal;
  /** @param waitFactor how much longer the waits are, because this person was cut off before */
  onHold(holdMs: number, waitFactor: number): void;
  /** Once. */
  onUtteranceEnd(reason: EndReason): void;
}

export interface ListenedUtterance {
  /** The next frames, as in `Utterance.push`. */
  push(frames: readonly Uint8Array[], gapSamples: number): void;
  /** What was recognised before the pause that goes on: the text, then what else was heard. Again in the same pause when that is more. */
  words(hearings: readonly JudgedText[]): void;
  /** All frames are there. Resolves with whether somebody spoke; if the detector failed: yes. */
  finish(): Promise<boolean>;
}

export function createEndpointing({ model, queues, clock, log }: EndpointingOptions): Endpointing {
  const counts = { ...NO_UTTERANCES };
  const waitFactors = new WaitFactors();
  let thread: UtteranceThread<Uint8Array> | undefined;
  const unwatch = queues?.watch(() => (thread ? [thread.queue()] : []));

  function open(): UtteranceThread<Uint8Array> {
    return createUtteranceThread<Uint8Array>({
      name: 'detection of voice',
      // In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader.
      worker: new URL(import.meta.url.endsWith('.ts') ? './voice-worker.ts' : './voice-worker.js', import.meta.url),
      ...{ about: { model }, clock, log },
    });
  }

  function begin({
    device,
    patience,
    knowsWords,
    signal,
    onHold,
    onUtteranceEnd,
  }: ListenedUtteranceOptions): ListenedUtterance {
    thread ??= open();
    counts.utterances += 1;
    const { factor: waitFactor, goesOn, ...learnt } = waitFactors.begin(device, clock.now());
    const end = new EndOfUtterance({ patience, knowsWords, waitFactor });
    const sent = { frames: 0, bytes: 0 };
    let isFalseStart = false;
    let isOver = false;

    function learn(): void {
      if (isOver || signal.aborted) return;
      isOver = true;
      learnt.end(clock.now());
      if (goesOn) counts.continued += 1;
    }

    function countFalseStart(): void {
      if (isFalseStart) return;
      isFalseStart = true;
      counts.falseStarts += 1;
      counts.falseStartSeconds += (sent.frames * FRAME_MS) / 1_000;
      counts.falseStartBytes += sent.bytes;
      log.info('a turn without speech', { seconds: (sent.frames * FRAME_MS) / 1_000, bytes: sent.bytes });
    }

    function onDecision(decision: EndDecision | undefined): void {
      if (!decision) return;
      if (decision.type === 'hold') {
        counts.holds += 1;
        return onHold(decision.holdMs, waitFactor);
      }
      if (decision.reason === 'finished') {
        counts.ended += 1;
        learn();
      } else countFalseStart();
      onUtteranceEnd(decision.reason);
    }

    async function isSpeech(): Promise<boolean> {
      try {
        await voice.finish();
        return end.hasSpeech;
      } catch (error) {
        if (!signal.aborted) log.warn('the voice of an utterance was not found out', { error: String(error) });
        return true;
      }
    }

    const voice = thread.begin({ signal, onResult: (windows) => onDecision(end.addVoice(windows)) });
    return {
      push(frames, gapSamples) {
        sent.frames += frames.length;
        for (const { length } of frames) sent.bytes += length;
        voice.push(frames, gapSamples);
      },
      words: (hearings) => onDecision(end.addWords(hearings)),
      async finish() {
        const hasSpeech = end.hasSpeech || (await isSpeech());
        if (hasSpeech) learn();
        else countFalseStart();
        return hasSpeech;
      },
    };
  }

  return {
    begin,
    counts: () => ({ ...counts }),
    async close() {
      unwatch?.();
      await thread?.close();
    },
  };
}
