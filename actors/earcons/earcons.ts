/**
 * Earcons: short sounds that tell the person what happens. Each is a few notes, made from this description and nothing
 * else, so the same samples everywhere. All are softer than speech and at most 300 ms long.
 */
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../src/protocol/format.ts';

/**
 * - `listening`: the microphone was opened for the person, who has not spoken yet
 * - `thinking`: the answer takes a while
 * - `question`: the reply asks something, and the person has to press or to say the wake word to answer
 * - `error`: the turn has failed
 * - `goodbye`: the microphone is closed again, and nobody has spoken
 */
export const EARCONS = ['listening', 'thinking', 'question', 'error', 'goodbye'] as const;
export type Earcon = (typeof EARCONS)[number];

interface Note {
  hz: number;
  startMs: number;
  lengthMs: number;
}

const note = (hz: number, startMs: number, lengthMs: number): Note => ({ hz, startMs, lengthMs });

/** Rising for a beginning, falling for an end, low for an error. */
const NOTES: Record<Earcon, Note[]> = {
  listening: [note(660, 0, 70), note(990, 50, 90)],
  thinking: [note(740, 0, 80), note(740, 120, 80)],
  question: [note(587, 0, 80), note(587, 100, 60), note(880, 150, 120)],
  error: [note(330, 0, 130), note(262, 120, 180)],
  goodbye: [note(880, 0, 90), note(587, 80, 140)],
};

/** Of full scale: −18 dBFS. */
const NOTE_PEAK = 0.125;
/** Without an attack a note begins with a click. */
const ATTACK_MS = 8;
/** Of the octave above, so that a small loudspeaker plays a low note too. */
const OCTAVE_SHARE = 0.25;

/** 16 kHz, mono. */
export function synthesiseEarcon(name: Earcon): Int16Array {
  const notes = NOTES[name];
  const lengthMs = Math.max(...notes.map(({ startMs, lengthMs }) => startMs + lengthMs));
  const sum = new Float64Array(lengthMs * SAMPLES_PER_MS);
  for (const { hz, startMs, lengthMs } of notes) {
    const from = startMs * SAMPLES_PER_MS;
    for (let i = 0; i < lengthMs * SAMPLES_PER_MS; i++) {
      const phase = (2 * Math.PI * hz * i) / SAMPLE_RATE_HZ;
      const tone = (Math.sin(phase) + OCTAVE_SHARE * Math.sin(2 * phase)) / (1 + OCTAVE_SHARE);
      sum[from + i] = (sum[from + i] ?? 0) + NOTE_PEAK * levelAt(i / SAMPLES_PER_MS, lengthMs) * tone;
    }
  }
  return Int16Array.from(sum, (sample) => Math.round(sample * 32_767));
}

/** A soft beginning, then half a period of a cosine down to silence. */
function levelAt(ms: number, lengthMs: number): number {
  const attack = Math.min(1, ms / ATTACK_MS);
  return attack * 0.5 * (1 + Math.cos((Math.PI * ms) / lengthMs));
}
