/**
 * The level of the microphone, and whether it records the speaker.
 */
import { MIXER } from '../../analysis/findings.ts';
import { type Check, type CheckFinding, fail, ok, skip, warn } from './check.ts';
import { cards } from './sound-files.ts';
import type { SoundProbe } from './system.ts';

const MUTED_DB = -85;
/** A quiet room is around −60; this is a fan, or a gain that is far too high. */
const NOISY_DB = -30;
/** Correlation of a chirp in the noise of a room; without a chirp it is below 0.1. */
const HEARD = 0.25;
/** Twice the latency of the card's own buffers. */
const SLOW_MS = 200;

export const sound: Check = {
  name: 'sound',
  async run(system) {
    const listed = await system.probe('devices');
    if (!listed.ok) {
      const { message, hint } = listed.error;
      return [cards(system).length > 0 ? fail(message, hint) : warn(message, hint)];
    }
    const { microphone, speaker } = listed.value;
    if (microphone === null) return [skip('no microphone to test')];
    const chosen = ok(`Earshot uses ${microphone} as microphone, ${speaker ?? 'nothing'} as speaker`);
    const measured = await system.probe('sound');
    if (!measured.ok) return [chosen, fail(measured.error.message, measured.error.hint)];
    return [chosen, ...judge(measured.value)];
  },
};

function judge({ microphone, loopback, speakerError }: SoundProbe): CheckFinding[] {
  const hearsSpeaker = loopback !== undefined && loopback.correlation >= HEARD;
  // A card with noise suppression may give only zeros until there is sound.
  const isMuted = microphone.peakDb < MUTED_DB && !hearsSpeaker;
  const findings = [isMuted ? MUTED : judgeLevel(microphone)];
  if (speakerError) findings.push(fail(speakerError.message, speakerError.hint));
  if (loopback && !isMuted) findings.push(hearsSpeaker ? judgeDelay(loopback.delayMs) : UNHEARD);
  return findings;
}

const MUTED = fail('the microphone is muted: all samples are zero', `Check ${MIXER}.`);
const UNHEARD = warn(
  'the microphone does not pick up the speaker',
  `Is a speaker connected and turned up? See ${MIXER}. With headphones this is normal.`,
);

function judgeLevel({ rmsDb, peakDb, clippedRuns }: SoundProbe['microphone']): CheckFinding {
  const what = `microphone at ${rmsDb.toFixed(0)} dB, ${peakDb.toFixed(0)} dB at its loudest`;
  if (clippedRuns > 0) return warn(`${what}: it is clipped`, `Turn its gain down in ${MIXER}.`);
  if (rmsDb > NOISY_DB) return warn(`${what}: that is noisy`, 'Is there a fan or hum? Else turn its gain down.');
  return ok(what);
}

function judgeDelay(delayMs: number): CheckFinding {
  const what = `the microphone records the speaker, ${delayMs.toFixed(0)} ms after the sound was written`;
  if (delayMs <= SLOW_MS) return ok(what);
  return warn(what, 'A sound server or a Bluetooth speaker adds the delay: use the card itself (--device).');
}
