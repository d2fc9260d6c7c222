/**
 * A sound card's speaker. Ready samples are written in one block when they arrive. A timer writes 10 ms just before the
 * card would run out of samples, because PortAudio's thread would then wait inside naudiodon for ever. So the processor
 * is woken for each packet, not for each block.
 *
 * The time at which the card runs out is calculated (card-clock.ts). Once a second a block is written in two parts; the
 * second write has to wait until the card begins with the first part. This shows the card's position.
 */
import { FRAME_SIZE_10_MS, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { CardClock } from './card-clock.ts';
import { deviceLost, openCardStream } from './card-stream.ts';
import type { Naudiodon } from './naudiodon.ts';
import type { OpenSpeaker } from './port.ts';
import { createResampler } from './resampler.ts';
import { toFloat, toS16, upmix } from './s16.ts';
import { WakeGuard } from './wake-guard.ts';
import { startWatchdog } from './watchdog.ts';

export interface CardSpeakerOptions {
  /** Part of the device's name. */
  device?: string;
  /** The real binding by default; a test passes its own. */
  naudiodon?: Naudiodon;
}

const BLOCK_SAMPLES = FRAME_SIZE_10_MS;
/**
 * Samples in the card's own buffer. naudiodon does not pass on PortAudio's value; this one was measured with a virtual
 * card.
 */
const CARD_LATENCY_MS = (2 * BLOCK_SAMPLES) / SAMPLES_PER_MS;
/** What is written to observe the card: a block, and one that waits for it. */
const SIGHT_MS = (2 * BLOCK_SAMPLES) / SAMPLES_PER_MS;
/** More than a packet and the longest guard. */
const LONGEST_PIECE_SAMPLES = 200 * SAMPLES_PER_MS;
/** Node's timers count whole ms. */
const TIMER_MS = 1;
/** A write that took longer had to wait for the card; others take a few tenths of a ms. */
const WAITED_MS = 2;

export function cardSpeaker({ device: wanted, naudiodon }: CardSpeakerOptions = {}): OpenSpeaker {
  // The lateness of this process does not depend on the reply.
  const guard = new WakeGuard();
  const piece = new Int16Array(LONGEST_PIECE_SAMPLES);
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
    const cardClock = new CardClock();
    let closed = false;
    let writing = false;
    let timer: unknown;
    /** What was written last, and may be queued. */
    let lastMs = 0;

    const close = (): void => {
      if (closed) return;
      closed = true;
      clock.clearTimeout(timer);
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

    /** Gives the card what is ready and what it needs. */
    const topUp = (): void => {
      if (closed || writing) return;
      clock.clearTimeout(timer);
      const nowMs = clock.now();
      // A block is queued already: another write would hold a thread until the card has begun with that block.
      const isFull = nowMs < cardClock.dryAtMs - lastMs;
      const samples = collect(nowMs, isFull);
      if (closed) return;
      if (samples > 0) run(() => give(samples));
      else wait(cardClock.dryAtMs - guard.ms - nowMs);
    };

    const wait = (ms: number): void => {
      const delayMs = Math.max(TIMER_MS, Math.floor(ms));
      const dueMs = clock.now() + delayMs;
      timer = clock.setTimeout(() => {
        const nowMs = clock.now();
        guard.note(nowMs - dueMs, nowMs);
        topUp();
      }, delayMs);
    };

    /** Returns how many samples `piece` contains. */
    const collect = (nowMs: number, isFull: boolean): number => {
      const dryAtMs = Math.max(cardClock.dryAtMs, nowMs);
      // Two blocks, one playing and one queued, cover the guard. Nothing is written further ahead for an observation.
      const isDue = dryAtMs - guard.ms - nowMs <= TIMER_MS;
      const leastMs = Math.max(guard.ms / 2, isDue && cardClock.isToBeSeen(nowMs) ? SIGHT_MS : 0);
      let count = 0;
      while (count + BLOCK_SAMPLES <= piece.length) {
        const endsAtMs = dryAtMs + count / SAMPLES_PER_MS;
        const dueAtMs = endsAtMs - guard.ms;
        const must = dueAtMs - nowMs <= TIMER_MS || (count > 0 && count < leastMs * SAMPLES_PER_MS);
        if (!must && (isFull || !handlers.isReady?.(dueAtMs))) break;
        const block = piece.subarray(count, count + BLOCK_SAMPLES).fill(0);
        count += handlers.onDemand(block, dueAtMs) || BLOCK_SAMPLES;
        if (closed) return 0;
      }
      return count;
    };

    const give = async (samples: number): Promise<void> => {
      writing = true;
      const first = cardClock.isToBeSeen(clock.now()) ? Math.min(BLOCK_SAMPLES, samples) : samples;
      try {
        await write(piece.subarray(0, first));
        if (samples > first && !closed) await write(piece.subarray(first, samples));
      } catch {
        return lost();
      }
      writing = false;
      topUp();
    };

    const write = async (samples: Int16Array): Promise<void> => {
      const ms = samples.length / SAMPLES_PER_MS;
      const startedMs = clock.now();
      const roomAtMs = Math.max(startedMs, cardClock.dryAtMs - lastMs);
      const error = await stream.write(toCard(samples));
      const nowMs = clock.now();
      if (closed) return;
      watchdog.feed();
      if (cardClock.isKnown) guard.note(nowMs - roomAtMs, nowMs);
      cardClock.gave(ms, startedMs);
      if (nowMs - startedMs > WAITED_MS) cardClock.began(lastMs + ms, nowMs);
      lastMs = ms;
      if (!error?.includes('underflow')) return;
      // A card that has only just started reports this too.
      if (cardClock.isKnown) guard.underflow(nowMs);
      cardClock.forget();
      handlers.onUnderflow();
    };

    const toCard = (speech: Int16Array): Buffer => {
      const mono = sampleRateHz === SAMPLE_RATE_HZ ? speech : toS16(resampler.push(toFloat(speech)));
      const samples = upmix(mono, channels);
      return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    };
    // Not before the caller has the speaker.
    wait(0);
    return {
      device: device.name,
      get outputLatencyMs() {
        return guard.ms + CARD_LATENCY_MS;
      },
      get guardMs() {
        return guard.ms;
      },
      offer: topUp,
      close,
    };
  };
}
