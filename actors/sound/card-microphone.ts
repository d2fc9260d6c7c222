/** A sound card's microphone. */
import { BYTES_PER_SAMPLE, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { deviceLost, openCardStream } from './card-stream.ts';
import type { NativeStream, Naudiodon } from './naudiodon.ts';
import type { OpenMicrophone } from './port.ts';
import { createResampler } from './resampler.ts';
import { downmix, toFloat, toS16 } from './s16.ts';
import { startWatchdog } from './watchdog.ts';

export interface CardMicrophoneOptions {
  /** Part of the device's name. */
  device?: string;
  /** Samples at 16 kHz that are read at a time. */
  captureBlockSamples?: number;
  /** The real binding by default; a test passes its own. */
  naudiodon?: Naudiodon;
}

/** Blocks that may wait while this thread is busy, before the card drops samples. */
const MAX_WAITING_MS = 500;

const ENDED: Awaited<ReturnType<NativeStream['read']>> = { finished: true };

export function cardMicrophone(options: CardMicrophoneOptions): OpenMicrophone {
  const { device: wanted, naudiodon, captureBlockSamples = RECOMMENDED_FRAME_SIZE } = options;
  return async (handlers, { clock, run }) => {
    const card = await openCardStream({
      direction: 'input',
      ...(wanted && { device: wanted }),
      ...(naudiodon && { naudiodon }),
      blockSamples: captureBlockSamples,
      maxQueue: Math.ceil((MAX_WAITING_MS * SAMPLES_PER_MS) / captureBlockSamples),
    });
    const { stream, device, sampleRateHz, channels } = card;
    const resampler = await createResampler(sampleRateHz, SAMPLE_RATE_HZ).catch((error) => {
      card.close();
      throw error;
    });
    const blockBytes = Math.round((captureBlockSamples * sampleRateHz) / SAMPLE_RATE_HZ) * channels * BYTES_PER_SAMPLE;
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

    const capture = async (): Promise<void> => {
      while (!closed) {
        const { err, buf, finished = false } = await stream.read(blockBytes).catch(() => ENDED);
        const atMs = clock.now();
        if (closed) return;
        if (finished) return lost();
        watchdog.feed();
        // naudiodon does not return the block that was read together with the report of an xrun: it counts as missing.
        if (err) handlers.onOverflow();
        else if (buf) handlers.onSamples(toSpeech(buf), atMs);
      }
    };
    const toSpeech = (bytes: Buffer): Int16Array => {
      const mono = downmix(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / BYTES_PER_SAMPLE), channels);
      return sampleRateHz === SAMPLE_RATE_HZ ? mono : toS16(resampler.push(toFloat(mono)));
    };
    // An exception of a handler does not mean that the card is lost.
    run(capture);
    return { device: device.name, close };
  };
}
