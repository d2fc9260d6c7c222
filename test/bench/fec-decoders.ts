/**
 * Measures the decoders that can decode in-band FEC, and the one that cannot: time per frame, and the similarity of a
 * recovered frame to the lost one. Those that are not installed are skipped:
 *
 *     npm install --no-save opus-codec@1.0.9 koffi@3.3.4 && node --import tsx test/bench/fec-decoders.ts
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SPECIFIED_SETTINGS } from '../../actors/codec/encoder-settings.ts';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';

interface Candidate {
  decode(frame: Uint8Array, fec: boolean): Int16Array;
}
interface Wasm {
  memory: WebAssembly.Memory;
  _initialize?(): void;
  malloc(bytes: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(decoder: number, hz: number, channels: number): number;
  opus_decoder_create(hz: number, channels: number, error: number): number;
  opus_decode(decoder: number, data: number, bytes: number, pcm: number, samples: number, fec: number): number;
  opus_decode_float(decoder: number, data: number, bytes: number, pcm: number, samples: number, fec: number): number;
}

const require = createRequire(import.meta.url);
const FRAME = 320;

function instantiate(file: string): Wasm {
  const module = new WebAssembly.Module(readFileSync(require.resolve(file)));
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: () => 0 };
  }
  const wasm = new WebAssembly.Instance(module, imports).exports as unknown as Wasm;
  wasm._initialize?.();
  return wasm;
}

const candidates: Record<string, () => Candidate> = {
  '@discordjs/opus (no FEC)': () => {
    const decoder = createOpusDecoder();
    return { decode: (frame, fec) => (fec ? decoder.conceal() : decoder.decode(frame)) };
  },
  '@evan/opus wasm': () => evan('opus'),
  '@evan/opus wasm, SIMD': () => evan('simd'),
  'opus-codec wasm': () => {
    const wasm = instantiate('opus-codec/native/index.wasm');
    const decoder = wasm.opus_decoder_create(16_000, 1, wasm.malloc(4));
    const data = wasm.malloc(1_275);
    const pcm = wasm.malloc(4 * FRAME);
    const samples = new Int16Array(FRAME);
    return {
      decode(frame, fec) {
        new Uint8Array(wasm.memory.buffer, data, frame.length).set(frame);
        wasm.opus_decode_float(decoder, data, frame.length, pcm, FRAME, Number(fec));
        const floats = new Float32Array(wasm.memory.buffer, pcm, FRAME);
        for (let i = 0; i < FRAME; i++) samples[i] = Math.max(-1, Math.min(1, floats[i] ?? 0)) * 32_767;
        return samples;
      },
    };
  },
  "koffi on Debian's libopus.so.0": () => {
    const library = require('koffi').load('libopus.so.0');
    const create = library.func('void *opus_decoder_create(int, int, int *)');
    const run = library.func('int opus_decode(void *, const uint8_t *, int, _Out_ int16_t *, int, int)');
    const decoder = create(16_000, 1, [0]);
    const samples = new Int16Array(FRAME);
    return {
      decode(frame, fec) {
        run(decoder, frame, frame.length, samples, FRAME, Number(fec));
        return samples;
      },
    };
  },
};

function evan(build: 'opus' | 'simd'): Candidate {
  const wasm = instantiate(`@evan/opus/wasm/${build}.wasm`);
  const decoder = wasm.malloc(wasm.opus_decoder_get_size(1));
  wasm.opus_decoder_init(decoder, 16_000, 1);
  const data = wasm.malloc(1_275);
  const pcm = wasm.malloc(2 * FRAME);
  const bytes = new Uint8Array(wasm.memory.buffer, data, 1_275);
  const samples = new Int16Array(wasm.memory.buffer, pcm, FRAME);
  return {
    decode(frame, fec) {
      bytes.set(frame);
      wasm.opus_decode(decoder, data, frame.length, pcm, FRAME, Number(fec));
      return samples;
    },
  };
}

const speech = readSamples(LONG_SPEECH);
const encoder = createOpusEncoder(SPECIFIED_SETTINGS);
const frames = Array.from({ length: Math.floor(speech.length / FRAME) }, (_, i) =>
  encoder.encode(speech.subarray(i * FRAME, (i + 1) * FRAME)),
);
const whole = createOpusDecoder();
const reference = frames.map((frame) => whole.decode(frame).slice());

/** Every tenth frame is lost: energy of the speech there relative to the energy of the error, in dB. */
function recoveredSnrDb({ decode }: Candidate): number {
  let signal = 0;
  let error = 0;
  for (let i = 0; i + 1 < frames.length; i++) {
    const isLost = i % 10 === 9;
    const frame = frames[isLost ? i + 1 : i];
    const wanted = reference[i];
    if (!frame || !wanted) continue;
    const decoded = decode(frame, isLost);
    if (!isLost) continue;
    for (let k = 0; k < FRAME; k++) {
      signal += (wanted[k] ?? 0) ** 2;
      error += ((wanted[k] ?? 0) - (decoded[k] ?? 0)) ** 2;
    }
  }
  return 10 * Math.log10(signal / error);
}

/** The best of many rounds, because of other load on the machine. */
function microsecondsAFrame({ decode }: Candidate, rounds = 60): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    for (const frame of frames) decode(frame, false);
    best = Math.min(best, performance.now() - startedMs);
  }
  return (best * 1_000) / frames.length;
}

for (const [name, create] of Object.entries(candidates)) {
  try {
    const rssBefore = process.memoryUsage.rss();
    const startedMs = performance.now();
    const candidate = create();
    const loadMs = performance.now() - startedMs;
    const snr = recoveredSnrDb(create());
    const us = microsecondsAFrame(candidate);
    const mb = (process.memoryUsage.rss() - rssBefore) / 1e6;
    process.stdout.write(
      `${name.padEnd(32)} ${us.toFixed(1).padStart(6)} µs a frame, lost frames ${snr.toFixed(1).padStart(5)} dB, loads in ${loadMs.toFixed(0)} ms, ${mb.toFixed(1)} MB\n`,
    );
  } catch (error) {
    process.stdout.write(`${name.padEnd(32)} ${error instanceof Error ? error.message.split('\n')[0] : error}\n`);
  }
}
