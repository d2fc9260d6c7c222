/**
 * The problems of a recording and their remedies, derived from its measurements. Pure.
 */
import type { Measures } from './measures.ts';

export interface RecordingFinding {
  code: 'no_sound' | 'too_quiet' | 'clipped' | 'dc_offset' | 'noisy';
  message: string;
  hint: string;
}

/** Below this there is not even a microphone's own noise: 16 bits end at −96 dB. */
const NO_SOUND_DB = -85;
/** Speech at an arm's length is around −25 dB; below this the codec spends its bits on noise. */
const QUIET_PEAK_DB = -40;
/** Above this, the offset costs a relevant part of the range. */
const DC_OFFSET_PERCENT = 1;
/** Speech with more noise than this is hard to understand for people and programs. */
const NOISY_DB = -35;

export const MIXER = 'alsamixer (F6 chooses the card, F4 shows the microphone)';

export function findings(analysis: Measures): RecordingFinding[] {
  const { level, clipping, dcOffsetPercent, noiseFloorDb = level.rmsDb } = analysis;
  const found: RecordingFinding[] = [];
  const find = (code: RecordingFinding['code'], message: string, hint: string) => found.push({ code, message, hint });
  if (level.peakDb < NO_SOUND_DB) {
    find('no_sound', 'There is no sound in it', `Is the microphone muted or not connected? See ${MIXER}.`);
    return found;
  }
  if (level.peakDb < QUIET_PEAK_DB) {
    find(
      'too_quiet',
      `It is very quiet: ${level.peakDb.toFixed(0)} dB at its loudest`,
      `Turn up the gain in ${MIXER}.`,
    );
  }
  if (clipping.runs > 0) {
    find(
      'clipped',
      `It is clipped in ${clipping.runs} places`,
      `Turn down the gain in ${MIXER}, or speak from farther away.`,
    );
  }
  if (Math.abs(dcOffsetPercent) > DC_OFFSET_PERCENT) {
    const percent = dcOffsetPercent.toFixed(1);
    find(
      'dc_offset',
      `Its samples have an offset of ${percent} % of full scale`,
      'The card adds a direct current: use another card or cable.',
    );
  }
  if (noiseFloorDb > NOISY_DB && analysis.silence.share === 0) {
    const floor = noiseFloorDb.toFixed(0);
    find(
      'noisy',
      `It has no silence: its quietest tenth is at ${floor} dB`,
      'Is there a fan, or hum of a power supply?',
    );
  }
  return found;
}
