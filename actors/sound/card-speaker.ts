/**
 * A sound card's speaker. Each block that the card takes asks for the next one, so its demand is the clock of playback
 * and it never runs dry: PortAudio's thread would wait inside naudiodon for ever.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FRAME_SIZE_10_MS, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { deviceLost, openCardStream } from './card-stream.ts';
import type { Naudiodon } from './naudiodon.ts';
import type { OpenSpeaker } from './port.ts';
import { createResampler } from './resampler.ts';
import { toFloat, toS16, upmix } from './s16.ts';
import { startWatchdog } from './watchdog.ts';

export interface CardSpeakerOptions {
  /** Part of the device's name. */
  device?: string;
  /** The real one unless a test brings its own. */
  naudiodon?: Naudiodon;
}

const BLOCK_SAMPLES = FRAME_SIZE_10_MS;
/**
 * Two blocks wait for the card's thread (one in the queue, one to go there), and two are in the card's own buffer.
 * PortAudio's figure does not come through naudiodon; this one was measured with a virtual card: 39.8 to 40.5 ms.
 */
const OUTPUT_LATENCY_MS = (4 * BLOCK_SAMPLES) / SAMPLES_PER_MS;

export function cardSpeaker({ device: wanted, naudiodon }: CardSpeakerOptions = {}): OpenSpeaker {
  return async (handlers, { clock, run }) => {
    const card = await openCardStream({
      direction: 'output',
      ...(wanted && { device: wanted }),
      ...(naudiodon && { naudiodon }),
      blockSamples: BLOCK_SAMPLES,
      maxQueue: 1,
    });
    const { stream, device, sampleRateHz, channels } = card;
    const resampler = await createResampler(SAMPLE_RATE_HZ, sampleRateHz).catch((error) => {
      card.close();
      throw error;
    });
    const block = new Int16Array(BLOCK_SAMPLES);
    let closed = false;

    const close = (): void => {
      if (closed) return;
      closed = true;
      watchdog.stop();
      resampler.close();
      card.close();
    };
    const lost = (): void => {
      if (closed) return;
      close();
      handlers.onLost(deviceLost(device));
    };
    const watchdog = startWatchdog(clock, lost);

    const play = async (): Promise<void> => {
      // Not before the caller has the speaker in hand.
      await nextTurn();
      while (!closed) {
        handlers.onDemand(block.fill(0));
        if (closed) return;
        let error: string | undefined;
        try {
          error = await stream.write(toCard(block));
        } catch {
          return lost();
        }
        if (closed) return;
        watchdog.feed();
        if (error?.includes('underflow')) handlers.onUnderflow();
      }
    };
    const toCard = (speech: Int16Array): Buffer => {
      const mono = sampleRateHz === SAMPLE_RATE_HZ ? speech : toS16(resampler.push(toFloat(speech)));
      const samples = upmix(mono, channels);
      return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    };
    run(play);
    return { device: device.name, outputLatencyMs: OUTPUT_LATENCY_MS, close };
  };
}
