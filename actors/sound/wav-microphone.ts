/**
 * A WAV file as a microphone: it is heard in real time, once, from its beginning.
 */
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { startPacer } from './pacer.ts';
import type { OpenMicrophone } from './port.ts';
import { createResampler } from './resampler.ts';
import { readWavFile, Speech } from './wav-file.ts';

export function wavMicrophone(path: string): OpenMicrophone {
  return async ({ onSamples, onEnd }, { clock }) => {
    const recording = await readWavFile(path);
    const resampler = await createResampler(recording.sampleRateHz, SAMPLE_RATE_HZ);
    const speech = new Speech(recording, resampler);
    // What is being heard between two ticks.
    let block: Int16Array | undefined;
    let closed = false;
    const close = (): void => {
      closed = true;
      pacer.stop();
      resampler.close();
    };
    const pacer = startPacer(clock, FRAME_MS, (dueAtMs) => {
      // The last block is rarely full: its last sample was heard earlier.
      if (block) onSamples(block, dueAtMs - FRAME_MS + block.length / SAMPLES_PER_MS);
      if (closed) return;
      block = speech.next(RECOMMENDED_FRAME_SIZE);
      if (block.length > 0) return;
      close();
      onEnd();
    });
    return { device: path, close };
  };
}
