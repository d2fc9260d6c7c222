/**
 * A WAV file as a microphone: read in real time, once, from its beginning. Standard input (`-`) is read as it arrives.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import { descriptorNamed, inputName } from '../../src/core/files/descriptors.ts';
import { openStandardInput } from '../../src/core/files/input-file.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { startPeriodicTimer } from './periodic-timer.ts';
import type { OpenMicrophone } from './port.ts';
import { openSpeech, readWavFile } from './wav-file.ts';
import { openWavStream, type WavStream } from './wav-stream.ts';

export function wavMicrophone(path: string): OpenMicrophone {
  if (descriptorNamed(path, 'input') !== undefined) {
    return sampleMicrophone(inputName(path), (scope) => openWavStream(openStandardInput(), inputName(path), scope));
  }
  return sampleMicrophone(path, async () => Object.assign(await readWavFile(path), { close() {} }));
}

/** A source of samples, read in real time. */
export function sampleMicrophone(device: string, open: (scope: Scope) => Promise<WavStream>): OpenMicrophone {
  return async ({ onSamples, onEnd }, scope) => {
    const source = await open(scope);
    const speech = await openSpeech(source);
    // The rest of the current block between two ticks; empty while a stream gives nothing.
    let block: Int16Array = new Int16Array(0);
    let closed = false;
    const close = (): void => {
      if (closed) return;
      closed = true;
      timer.stop();
      speech.close();
      source.close();
    };
    const timer = startPeriodicTimer(scope.clock, FRAME_MS, (dueAtMs) => {
      // The last block is rarely full: its last sample was captured earlier.
      if (block.length > 0) onSamples(block, dueAtMs - FRAME_MS + block.length / SAMPLES_PER_MS);
      if (closed) return;
      block = speech.next(RECOMMENDED_FRAME_SIZE);
      if (block.length > 0 || !speech.ended) return;
      close();
      onEnd();
    });
    return { device, close };
  };
}
