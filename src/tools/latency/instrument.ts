/**
 * The measuring instrument: a loudspeaker plays chirps into the device's microphone, and microphones record the loudspeaker and the device's
 * speaker. It is independent of the device that it measures, and runs in its own process, because the sound library serves one thread of a
 * process. acoustic.ts starts it and sends it messages.
 */

import { once } from 'node:events';
import { openMicrophone, openSpeaker, parseMicrophone, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { cardsClosed } from '../../../actors/sound/card-stream.ts';
import { leaveProcess } from '../../../actors/sound/leave.ts';
import type { MicrophoneHandlers, SpeakerHandlers } from '../../../actors/sound/port.ts';
import { createScope } from '../../core/actor/scope.ts';
import { type ErrorInfo, errorInfo } from '../../core/errors.ts';
import { silentLog } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { findChirp, makeChirp } from '../doctor/chirp.ts';

export type ToInstrument =
  /** Play a chirp. */
  | { do: 'chirp' }
  /** Find the last chirp in the recordings. */
  | { do: 'find' };
export type FromInstrument =
  /** All cards are open. */
  | { type: 'ready' }
  | { type: 'chirped' }
  /** Undefined: it was not found in both recordings. */
  | { type: 'found'; delayMs: number | undefined }
  | { type: 'failed'; error: ErrorInfo };

export interface InstrumentOptions {
  /** The loudspeaker in front of the device's microphone. */
  loudspeaker: string;
  /** A microphone that records the device's speaker. */
  microphone: string;
  /** A microphone that records the loudspeaker; without it, `microphone` must record both. */
  reference?: string;
}

const CHIRP_SECONDS = 0.08;
/** Least correlation with the chirp: 0.8 after a codec, 0.4 after time stretch, below 0.2 for speech. */
const LEAST_CORRELATION = 0.3;
const BUFFER_SECONDS = 6;

/** Runs until the parent process disconnects. */
export async function runInstrument({ loudspeaker, microphone, reference }: InstrumentOptions): Promise<void> {
  const say = (message: FromInstrument) => process.send?.(message);
  const fail = (error: unknown) => say({ type: 'failed', error: errorInfo(error) });
  const left = once(process, 'disconnect').then(async () => leaveProcess(0, await cardsClosed()));
  try {
    const voice = await openLoudspeaker(loudspeaker, () => say({ type: 'chirped' }), fail);
    const replies = await openMicrophoneRecorder(microphone, fail);
    const voices = reference === undefined ? undefined : await openMicrophoneRecorder(reference, fail);
    process.on('message', (message: ToInstrument) => {
      if (message.do === 'find') return say({ type: 'found', delayMs: delayOf(replies, voices) });
      replies.forget();
      voices?.forget();
      voice.chirp();
    });
    await Promise.all([replies.hears, voices?.hears]);
    say({ type: 'ready' });
  } catch (error) {
    fail(error);
  }
  await left;
}

/** From the chirp in the one recording to the chirp in the other; or from the first to the second, where both are in one. */
function delayOf(replies: MicrophoneRecorder, voices: MicrophoneRecorder | undefined): number | undefined {
  const heard = replies.chirpsAtMs();
  const [playedAtMs, recordedAtMs] = voices ? [voices.chirpsAtMs()[0], heard[0]] : heard;
  return playedAtMs === undefined || recordedAtMs === undefined ? undefined : recordedAtMs - playedAtMs;
}

const chirp = makeChirp(CHIRP_SECONDS);

async function openLoudspeaker(device: string, onChirped: () => void, onLost: (error: unknown) => void) {
  let at = chirp.length;
  const handlers: SpeakerHandlers = {
    onDemand(block) {
      if (at >= chirp.length) return block.length;
      block.set(chirp.subarray(at, at + block.length));
      at += block.length;
      if (at >= chirp.length) onChirped();
      return block.length;
    },
    onUnderflow() {},
    onLost,
  };
  await openSpeaker(parseSpeaker(undefined, device))(
    handlers,
    createScope('an instrument', { clock: systemClock, log: silentLog, onCrash: onLost }),
  );
  return {
    chirp() {
      at = 0;
    },
  };
}

interface MicrophoneRecorder {
  /** Resolves with the first block, also of silence. */
  hears: Promise<void>;
  /** Discards what was recorded until now. */
  forget(): void;
  chirpsAtMs(): number[];
}

async function openMicrophoneRecorder(device: string, onLost: (error: unknown) => void): Promise<MicrophoneRecorder> {
  const heard = new Int16Array(BUFFER_SECONDS * SAMPLE_RATE_HZ);
  let length = 0;
  let isBroken = false;
  /** When sample 0 was recorded. Blocks may be late but never early: the earliest one gives the time of all. */
  let startedAtMs = Number.POSITIVE_INFINITY;
  let onFirst: () => void = () => {};
  const hears = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const handlers: MicrophoneHandlers = {
    onSamples(block, lastSampleAtMs) {
      onFirst();
      const part = block.subarray(0, heard.length - length);
      heard.set(part, length);
      length += part.length;
      if (part.length > 0) startedAtMs = Math.min(startedAtMs, lastSampleAtMs - length / SAMPLES_PER_MS);
    },
    onEnd() {},
    onOverflow() {
      isBroken = true;
    },
    onLost,
  };
  await openMicrophone(parseMicrophone(undefined, device))(
    handlers,
    createScope('an instrument', { clock: systemClock, log: silentLog, onCrash: onLost }),
  );
  return {
    hears,
    forget() {
      length = 0;
      isBroken = false;
      startedAtMs = Number.POSITIVE_INFINITY;
    },
    chirpsAtMs() {
      if (isBroken) return [];
      return chirpsIn(heard.subarray(0, length)).map((offset) => startedAtMs + offset / SAMPLES_PER_MS);
    },
  };
}

/** Where chirps begin, in order. */
function chirpsIn(recorded: Int16Array): number[] {
  const { offset, correlation } = findChirp(recorded, chirp);
  if (correlation < LEAST_CORRELATION) return [];
  const after = offset + chirp.length;
  return [
    ...chirpsIn(recorded.subarray(0, offset)),
    offset,
    ...chirpsIn(recorded.subarray(after)).map((each) => each + after),
  ];
}
