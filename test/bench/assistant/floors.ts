/**
 * What the parts of an answer cost without anything around them, on this thread: the floor of each stage. And the line
 * without an assistant.
 */
import { readFile } from 'node:fs/promises';
import recognise from '../../../actors/assistant/recognition/recogniser-worker.ts';
import { createFliteProgram } from '../../../actors/assistant/speech/flite/flite-program.ts';
import { createOpusDecoder, createOpusEncoder } from '../../../actors/codec/opus.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import { createWholeLine } from '../../../src/tools/eval/whole-line.ts';
import { startLoopbackGateway } from '../../../src/tools/latency/loopback-gateway.ts';
import { type Percentiles, percentiles } from '../../../src/tools/latency/statistics.ts';
import { testModel } from '../../support/models.ts';
import type { SpokenQuestion } from './questions.ts';

export interface Floors {
  /** Decoding the whole utterance, and recognising it at once. */
  recognition: Percentiles;
  /** The first sentence of the answer. */
  synthesis: Percentiles;
  /** Its first packet. */
  encoding: Percentiles;
  /** The same device and gateway with the parrot: release of the button to the first sample, without an assistant. */
  line: Percentiles;
}

const FIRST_PACKET = 3;
const LINE_TURNS = 8;

export async function measureFloors(
  questions: readonly SpokenQuestion[],
  answers: readonly string[],
  onStep: (what: string) => void,
): Promise<Floors> {
  onStep('floor of recognition');
  const recognition = await recognitionFloor(questions);
  onStep('floor of synthesis');
  const { synthesis, encoding } = await synthesisFloors(answers);
  onStep('floor of the line');
  return { recognition, synthesis, encoding, line: await lineFloor(questions.slice(0, LINE_TURNS)) };
}

async function recognitionFloor(questions: readonly SpokenQuestion[]): Promise<Percentiles> {
  const model = await testModel('moonshine-tiny');
  const times: number[] = [];
  for (const { utterance } of questions) {
    const frames = encoded(utterance);
    const startedMs = performance.now();
    const decoder = createOpusDecoder();
    const samples = new Int16Array(frames.length * RECOMMENDED_FRAME_SIZE);
    for (const [i, frame] of frames.entries()) samples.set(decoder.decode(frame), i * RECOMMENDED_FRAME_SIZE);
    await recognise({ model, hearings: [{ samples, pace: 1 }] });
    times.push(performance.now() - startedMs);
  }
  return statistics(times.slice(1));
}

async function synthesisFloors(answers: readonly string[]): Promise<Pick<Floors, 'synthesis' | 'encoding'>> {
  const { wasm } = await testModel('flite');
  const flite = createFliteProgram(await WebAssembly.compile(await readFile(wasm)));
  const synthesis: number[] = [];
  const encoding: number[] = [];
  for (const answer of answers) {
    const [sentence = ''] = answer.split(/(?<=[.!?])\s/);
    if (sentence === '') continue;
    const startedMs = performance.now();
    const { samples } = flite.speak(sentence.slice(0, 240), 'rms');
    const spokenMs = performance.now();
    encoded(samples.subarray(0, FIRST_PACKET * RECOMMENDED_FRAME_SIZE));
    synthesis.push(spokenMs - startedMs);
    encoding.push(performance.now() - spokenMs);
  }
  return { synthesis: statistics(synthesis.slice(1)), encoding: statistics(encoding.slice(1)) };
}

async function lineFloor(questions: readonly SpokenQuestion[]): Promise<Percentiles> {
  const gateway = await startLoopbackGateway('parrot', silentLog);
  const line = createWholeLine({ gateway, log: silentLog });
  try {
    const device = await line.converse('bench-parrot');
    const totals: number[] = [];
    for (const { utterance } of questions) {
      const { latencyMs } = await device.ask(utterance);
      if (latencyMs?.total !== undefined) totals.push(latencyMs.total);
    }
    await device.close();
    return statistics(totals.slice(1));
  } finally {
    await line.close();
  }
}

function encoded(samples: Int16Array): Uint8Array[] {
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  for (let at = 0; at + RECOMMENDED_FRAME_SIZE <= samples.length; at += RECOMMENDED_FRAME_SIZE)
    frames.push(encoder.encode(samples.slice(at, at + RECOMMENDED_FRAME_SIZE)));
  return frames;
}

function statistics(values: readonly number[]): Percentiles {
  const found = percentiles(values);
  if (!found) throw new Error('nothing was measured');
  return found;
}
