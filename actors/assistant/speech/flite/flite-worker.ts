/**
 * A thread that speaks sentences with flite, one at a time.
 */
import type { Pcm } from '../../parts/synthesizer.ts';
import { englishText } from './english-text.ts';
import { createFliteProgram, type FliteProgram } from './flite-program.ts';
import type { FliteVoice } from './voices.ts';
import { wordEnds } from './word-ends.ts';

export interface FliteTask {
  /** Compiled once for all threads. */
  module: WebAssembly.Module;
  /** Something in it can be said. */
  text: string;
  voice: FliteVoice;
}

let program: FliteProgram | undefined;

export default function speak({ module, text, voice }: FliteTask): Pcm {
  program ??= createFliteProgram(module);
  try {
    const { phones, ...pcm } = program.speak(englishText(text), voice);
    return { ...pcm, wordEndsMs: wordEnds(text, phones) };
  } catch (error) {
    // Its memory is in an unknown state.
    program = undefined;
    throw error;
  }
}
