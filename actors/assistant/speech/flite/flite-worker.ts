/**
 * A thread that speaks sentences with flite, one at a time.
 */
import { createFliteProgram, type FliteProgram, type Spoken } from './flite-program.ts';
import type { FliteVoice } from './voices.ts';

export interface FliteTask {
  /** Compiled once for all threads. */
  module: WebAssembly.Module;
  text: string;
  voice: FliteVoice;
}

let program: FliteProgram | undefined;

export default function speak({ module, text, voice }: FliteTask): Spoken {
  program ??= createFliteProgram(module);
  try {
    return program.speak(text, voice);
  } catch (error) {
    // Its memory is in an unknown state.
    program = undefined;
    throw error;
  }
}
