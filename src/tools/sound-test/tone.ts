/** A tone to hear whether a loudspeaker works: 440 Hz, a second, faded in and out so that it does not click. */
import { SAMPLE_RATE_HZ } from '../../protocol/format.ts';

const SECONDS = 1;
const HZ = 440;
/** −12 dB of full scale: clearly heard, and not too loud at full volume. */
const AMPLITUDE = 0.25;
const FADE_SECONDS = 0.02;

export function testTone(): Int16Array {
  return Int16Array.from({ length: SECONDS * SAMPLE_RATE_HZ }, (_, n) => {
    const at = n / SAMPLE_RATE_HZ;
    const fade = Math.min(1, at / FADE_SECONDS, (SECONDS - at) / FADE_SECONDS);
    return Math.round(32_767 * AMPLITUDE * fade * Math.sin(2 * Math.PI * HZ * at));
  });
}
