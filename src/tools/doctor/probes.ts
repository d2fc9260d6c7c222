/**
 * Probes that need native code. They run in their own process (run-probe.ts), which may end or hang without harm.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createOpusDecoder, createOpusEncoder, opusLibrary } from '../../../actors/codec/opus.ts';
import { chooseEchoCanceller } from '../../../actors/echo/providers/choose.ts';
import { readReply } from '../../../actors/offline/cached-replies.ts';
import type { AudioAddress } from '../../../actors/sound/backend.ts';
import {
  audioBackends,
  openMicrophone,
  openSpeaker,
  parseMicrophone,
  parseSpeaker,
} from '../../../actors/sound/backends/open.ts';
import type { MicrophoneHandlers, SpeakerHandlers } from '../../../actors/sound/port.ts';
import { createScope, type Scope } from '../../core/actor/scope.ts';
import { EarshotError, errorInfo } from '../../core/errors.ts';
import { BUNDLED_REPLY } from '../../core/files/bundled.ts';
import { silentLog } from '../../core/log/log.ts';
import { createClippingDetector } from '../../core/signal/clipping.ts';
import { decibels } from '../../core/signal/decibels.ts';
import { systemClock } from '../../core/time/clock.ts';
import { FRAME_SIZE_20_MS, SAMPLES_PER_MS } from '../../protocol/format.ts';
import type { ProbeName, Probes, SoundProbe } from './checks/system.ts';
import { findChirp, makeChirp } from './chirp.ts';
import { measureEcho } from './echo-probe.ts';

/** A sound server may need 1.6 s to give the first block. */
const FIRST_BLOCK_MS = 3_000;
/** How long is recorded before and after the chirp. */
const LISTEN_MS = 1_000;

/** `microphone`, `speaker`: parts of the names of cards. */
export interface ProbeOptions {
  microphone?: string | undefined;
  speaker?: string | undefined;
  loopback: boolean;
  /** As in `--echo-canceller`. */
  echoCanceller?: string;
}

export const probes: { [Name in ProbeName]: (options: ProbeOptions) => Promise<Probes[Name]> } = {
  async codec() {
    const encoder = createOpusEncoder();
    const frames = 50;
    const noise = new Int16Array(FRAME_SIZE_20_MS).map(() => Math.random() * 1_000);
    // The first ones compile the code.
    for (let i = 0; i < frames; i++) encoder.encode(noise);
    const startedMs = performance.now();
    for (let i = 0; i < frames; i++) encoder.encode(noise);
    return { encodeUs: ((performance.now() - startedMs) / frames) * 1_000, library: opusLibrary() };
  },

  async devices(wanted) {
    const listed = await audioBackends.listDevices();
    const choose = (of: AudioAddress, direction: 'input' | 'output', name: string | undefined) => {
      try {
        return listed.find(of, direction)?.name ?? null;
      } catch (error) {
        if (error instanceof EarshotError && name === undefined) return null;
        throw error;
      }
    };
    return {
      microphone: choose(parseMicrophone(undefined, wanted.microphone), 'input', wanted.microphone),
      speaker: choose(parseSpeaker(undefined, wanted.speaker), 'output', wanted.speaker),
      names: listed.devices.map(({ device }) => device.name),
    };
  },

  sound,

  async echo({ microphone: wantedMicrophone, speaker: wantedSpeaker, loopback, echoCanceller = 'auto' }) {
    if (!loopback) return null;
    const microphone = parseMicrophone(undefined, wantedMicrophone);
    const speaker = parseSpeaker(undefined, wantedSpeaker);
    const listed = await audioBackends.listDevices(microphone, speaker);
    const names = {
      microphone: listed.find(microphone, 'input')?.name,
      speaker: listed.find(speaker, 'output')?.name,
    };
    const cards = { openMicrophone: openMicrophone(microphone), openSpeaker: openSpeaker(speaker) };
    const choose = () => chooseEchoCanceller(echoCanceller, names);
    return await new Promise((resolve, reject) => {
      const scope = createScope('the probe of an echo', { clock: systemClock, log: silentLog, onCrash: reject });
      measureEcho({ ...cards, choose, voice: bundledVoice() }, scope).then(resolve, reject);
    });
  },
};

/** The reply that is played without a gateway. */
function bundledVoice(): Int16Array {
  const { frames } = readReply(BUNDLED_REPLY) ?? { frames: [] };
  const decoder = createOpusDecoder();
  const voice = new Int16Array(frames.length * FRAME_SIZE_20_MS);
  for (const [i, frame] of frames.entries()) voice.set(decoder.decode(frame), i * FRAME_SIZE_20_MS);
  return voice;
}

async function sound({ microphone: wanted, speaker, loopback }: ProbeOptions): Promise<SoundProbe> {
  const blocks: { samples: Int16Array; endsAtMs: number }[] = [];
  let onFirst: () => void = () => {};
  let lost: unknown;
  const first = new Promise<void>((resolve) => {
    onFirst = resolve;
  });
  const fail = (error: unknown) => {
    lost = error;
    onFirst();
  };
  const handlers: MicrophoneHandlers = {
    onSamples(samples, endsAtMs) {
      blocks.push({ samples: samples.slice(), endsAtMs });
      onFirst();
    },
    onEnd() {},
    onOverflow() {},
    onLost: fail,
  };
  const scope = createScope('the probe of a card', { clock: systemClock, log: silentLog, onCrash: fail });
  const microphone = await openMicrophone(parseMicrophone(undefined, wanted))(handlers, scope);
  await Promise.race([first, sleep(FIRST_BLOCK_MS)]);
  if (lost) throw lost;
  if (blocks.length === 0) throw gaveNothing(microphone.device);
  await sleep(LISTEN_MS);
  const level = measure(joined(blocks));
  const answer: SoundProbe = { microphone: { device: microphone.device, ...level } };
  if (loopback) {
    try {
      answer.loopback = await playChirp(speaker, blocks, scope);
    } catch (error) {
      answer.speakerError = errorInfo(error);
    }
  }
  microphone.close();
  return answer;
}

async function playChirp(
  wanted: string | undefined,
  blocks: { samples: Int16Array; endsAtMs: number }[],
  scope: Scope,
): Promise<NonNullable<SoundProbe['loopback']>> {
  const chirp = makeChirp();
  let played = 0;
  let givenAtMs: number | undefined;
  // Half a second of silence first: some cards drop the beginning.
  let silenceMs = LISTEN_MS / 2;
  const blocksBefore = blocks.length;
  const handlers: SpeakerHandlers = {
    onDemand(block, dueAtMs) {
      silenceMs -= block.length / SAMPLES_PER_MS;
      if (silenceMs > 0 || played >= chirp.length) return block.length;
      givenAtMs ??= dueAtMs;
      block.set(chirp.subarray(played, played + block.length));
      played += block.length;
      return block.length;
    },
    onUnderflow() {},
    onLost() {},
  };
  const speaker = await openSpeaker(parseSpeaker(undefined, wanted))(handlers, scope);
  await sleep(LISTEN_MS * 2);
  speaker.close();
  const during = blocks.slice(blocksBefore);
  const samples = joined(during);
  const { offset, correlation } = findChirp(samples, chirp);
  const startedAtMs = (during.at(-1)?.endsAtMs ?? 0) - samples.length / SAMPLES_PER_MS;
  const delayMs = startedAtMs + offset / SAMPLES_PER_MS - (givenAtMs ?? startedAtMs);
  return { device: speaker.device, correlation, delayMs };
}

function measure(samples: Int16Array): { rmsDb: number; peakDb: number; clippedRuns: number } {
  let sum = 0;
  let squares = 0;
  let peak = 0;
  let clippedRuns = 0;
  for (const sample of samples) sum += sample;
  const mean = sum / samples.length;
  for (const sample of samples) {
    squares += (sample - mean) ** 2;
    peak = Math.max(peak, Math.abs(sample - mean));
  }
  const onRun = () => {
    clippedRuns += 1;
  };
  const clipping = createClippingDetector({ fullScale: 32_767, minSamples: 3, onRun });
  clipping.add(samples);
  clipping.finish();
  const rms = Math.sqrt(squares / samples.length);
  return { rmsDb: decibels(rms / 32_768), peakDb: decibels(peak / 32_768), clippedRuns };
}

function joined(blocks: { samples: Int16Array }[]): Int16Array {
  const all = new Int16Array(blocks.reduce((sum, { samples }) => sum + samples.length, 0));
  let at = 0;
  for (const { samples } of blocks) {
    all.set(samples, at);
    at += samples.length;
  }
  return all;
}

function gaveNothing(device: string): EarshotError {
  return new EarshotError(
    'device_open_failed',
    `${device} opens, but delivers no samples in ${FIRST_BLOCK_MS / 1_000} s`,
    'Unplug it and plug it in again; see dmesg.',
  );
}
