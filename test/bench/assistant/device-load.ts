/**
 * Devices that talk to the assistant at the same time, and one whose frames the gateway echoes: in a process of their own, with
 * speech that was encoded before, so that the gateway is measured and not the devices.
 *
 * Started with {@link DeviceLoad} as JSON; reports {@link DeviceLoadResult} over IPC.
 */
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import type { AudioPacket } from '../../../src/protocol/packet.ts';
import { connectDevice } from '../../support/wire-device.ts';
import { spokenQuestions } from './questions.ts';

export interface DeviceLoad {
  url: string;
  /** That talk to the assistant; 0: the echo alone. */
  devices: number;
  seconds: number;
}

export interface DeviceLoadResult {
  /** From sending the last packet of an utterance to the first packet of its reply, ms. */
  firstAudioMs: number[];
  /** Turns without a reply. */
  failed: number;
  /** From sending a frame to its echo, ms. */
  echoMs: number[];
}

const QUESTIONS = 20;
const FRAMES_PER_PACKET = 3;
/** Between the end of a reply and the next question. */
const PAUSE_MS = 1_000;
/** Devices begin one after another. */
const APART_MS = 250;
/** The name that the gateway's process knows (gateway-process.ts). */
const ECHO = 'bench-echo';
const ECHO_SECONDS = 10;

const { url, devices, seconds } = JSON.parse(process.argv[2] ?? '{}') as DeviceLoad;
const questions = (await spokenQuestions(devices > 0 ? QUESTIONS : 1)).map(({ utterance }) => encode(utterance));
const result: DeviceLoadResult = { firstAudioMs: [], failed: 0, echoMs: [] };
const endsAtMs = performance.now() + seconds * 1_000;

function encode(samples: Int16Array): Uint8Array[] {
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  for (let at = 0; at + RECOMMENDED_FRAME_SIZE <= samples.length; at += RECOMMENDED_FRAME_SIZE)
    frames.push(encoder.encode(samples.slice(at, at + RECOMMENDED_FRAME_SIZE)));
  return frames;
}

async function talk(index: number): Promise<void> {
  let finalAtMs = 0;
  let firstAtMs = 0;
  const onSent = () => {
    finalAtMs = performance.now();
    firstAtMs = 0;
  };
  const onPacket = (packet: AudioPacket) => {
    if (packet.frames.length > 0 && firstAtMs === 0) firstAtMs = performance.now();
  };
  const device = await connectDevice(url, {
    name: `bench-${index}`,
    framesPerPacket: FRAMES_PER_PACKET,
    onSent,
    onPacket,
  });
  await wait(index * APART_MS);
  for (let turn = 0; performance.now() < endsAtMs; turn++) {
    const frames = questions[(index * 7 + turn) % questions.length] ?? [];
    await device.speak({ frames, paceMs: FRAMES_PER_PACKET * FRAME_MS });
    if (firstAtMs > finalAtMs) result.firstAudioMs.push(firstAtMs - finalAtMs);
    else result.failed += 1;
    await wait(PAUSE_MS);
  }
  device.close();
}

/** Frames of 20 ms, as fast as they are spoken. */
async function echo(): Promise<void> {
  const device = await connectDevice(url, { name: ECHO, framesPerPacket: 1 });
  const speech = questions.flat();
  const frames = Array.from(
    { length: (ECHO_SECONDS * 1_000) / FRAME_MS },
    (_, i) => speech[i % speech.length] as Uint8Array,
  );
  while (performance.now() < endsAtMs) {
    const { roundTripsMs } = await device.speak({ frames, paceMs: FRAME_MS });
    result.echoMs.push(...roundTripsMs);
  }
  device.close();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

await Promise.all([echo(), ...Array.from({ length: devices }, (_, i) => talk(i))]);
process.send?.(result);
