/**
 * Makes assets/ring.reply, the tone of a reminder that rings: three pairs of notes and a pause, 2 s, Opus with the device's own settings.
 * `node --import tsx deploy/ring-tone.ts` writes it again.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SPECIFIED_SETTINGS } from '../actors/codec/encoder-settings.ts';
import { createOpusEncoder } from '../actors/codec/opus.ts';
import { saveReply } from '../actors/offline/cached-replies.ts';
import { BUNDLED_TONE } from '../src/core/files/bundled.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../src/protocol/format.ts';

/** A fifth: a' and e''. */
const NOTES_HZ = [880, 1_318.5];
const NOTE_MS = 130;
const PAIRS = 3;
const LENGTH_MS = 2_000;
const PEAK = 0.5;

function sampleAt(ms: number): number {
  const note = Math.floor(ms / NOTE_MS);
  // A pause of a note after each pair.
  const [pair, place] = [Math.floor(note / 3), note % 3];
  const hz = NOTES_HZ[place];
  if (hz === undefined || pair >= PAIRS) return 0;
  const atMs = ms - note * NOTE_MS;
  const envelope = Math.min(1, atMs / 8) * Math.exp(-atMs / 90) * Math.min(1, (NOTE_MS - atMs) / 8);
  const phase = (2 * Math.PI * hz * atMs) / 1_000;
  return PEAK * envelope * (Math.sin(phase) + 0.3 * Math.sin(2 * phase));
}

const encoder = createOpusEncoder({ ...SPECIFIED_SETTINGS, dtx: false });
const perMs = SAMPLE_RATE_HZ / 1_000;
const frames = Array.from({ length: (LENGTH_MS * perMs) / RECOMMENDED_FRAME_SIZE }, (_, i) =>
  encoder.encode(
    Int16Array.from({ length: RECOMMENDED_FRAME_SIZE }, (_, at) =>
      Math.round(32_767 * sampleAt((i * RECOMMENDED_FRAME_SIZE + at) / perMs)),
    ),
  ),
);
const folder = mkdtempSync(join(tmpdir(), 'earshot-tone-'));
saveReply(folder, 'ring', { text: '', frames });
copyFileSync(join(folder, 'ring.reply'), BUNDLED_TONE);
rmSync(folder, { recursive: true });
