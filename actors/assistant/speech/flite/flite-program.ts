/**
 * flite, a speech synthesizer, as a WebAssembly program that runs again and again: before each run its memory is made as it
 * was at the beginning. A new instance for each run would take 16 ms more, and 17 MB until the next garbage collection.
 */
import { FLITE_VOICES, type FliteVoice } from './voices.ts';
import { createOutputFile, wasiFunctions } from './wasi-functions.ts';
import type { TimedPhone } from './word-ends.ts';

export interface FliteProgram {
  /**
   * Blocks until the whole text is spoken: 30 to 400 ms. After an exception the program must not be used again.
   *
   * @param text ASCII
   * @throws Error what flite wrote, or a trap of WebAssembly
   */
  speak(text: string, voice: FliteVoice): Spoken;
}

/** Mono. */
export interface Spoken {
  samples: Int16Array;
  sampleRateHz: number;
  phones: TimedPhone[];
}

interface Exports {
  memory: WebAssembly.Memory;
  _start(): void;
}

/**
 * The end of the program's initial memory. What is before it, 16 MB, are the voices; no run changes them, which a test
 * checks. So only this much is restored.
 */
const VARIABLE_BYTES = 1_048_576;

/** Loads the program's memory: 10 ms. */
export function createFliteProgram(module: WebAssembly.Module): FliteProgram {
  const output = createOutputFile();
  const messages = createOutputFile();
  let args: Buffer[] = [];
  const functions = wasiFunctions({ memory: () => memory, args: () => args, output, messages });
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: functions });
  const { memory, _start: speakOnce } = instance.exports as Exports;
  const initialBytes = memory.buffer.byteLength;
  const variables = new Uint8Array(memory.buffer, initialBytes - VARIABLE_BYTES).slice();

  function restore(): void {
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(variables, initialBytes - VARIABLE_BYTES);
    bytes.fill(0, initialBytes);
    output.clear();
    messages.clear();
  }

  return {
    speak(text, voice) {
      if (!FLITE_VOICES.includes(voice)) throw new Error(`flite has no voice ${voice}`);
      const words = ['flite', '-voice', voice, '-psdur', '-t', text, '-o', '/out/speech.wav'];
      args = words.map((word) => Buffer.from(`${word}\0`));
      restore();
      speakOnce();
      return readWav(output.bytes(), messages.bytes());
    },
  };
}

const WAV_HEADER_BYTES = 44;

function readWav(wav: Buffer, messages: Buffer): Spoken {
  if (wav.length < WAV_HEADER_BYTES || wav.toString('latin1', 0, 4) !== 'RIFF') {
    throw new Error(`flite spoke nothing: ${messages.toString('utf8').trim().slice(0, 200) || 'no message'}`);
  }
  const bytes = wav.subarray(WAV_HEADER_BYTES);
  // A copy of its own, because the samples of a view may begin at an odd address.
  const samples = new Int16Array(bytes.length >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return { samples, sampleRateHz: wav.readUInt32LE(24), phones: readPhones(messages.toString('latin1')) };
}

/** `pau:0.168 ih:0.278`: when each ends, in seconds. */
function readPhones(printed: string): TimedPhone[] {
  return [...printed.matchAll(/([a-z]+):(\d+\.\d+)/g)].map(([, symbol = '', seconds]) => ({
    symbol,
    endsAtMs: Math.round(Number(seconds) * 1_000),
  }));
}
