import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { decodeOpusFile, encodeOpusFile, PRE_SKIP } from '../../src/core/ogg/opus-file.ts';
import { createFrameFiller } from '../../src/core/ogg/whole-frames.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { hasProgram } from '../support/has-program.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';

const speech = readSamples(SHORT_SPEECH);

function encodedSpeech(): Uint8Array[] {
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 320 <= speech.length; at += 320) frames.push(encoder.encode(speech.slice(at, at + 320)));
  return frames;
}

function packet(sequence: number, frames: Uint8Array[], timestamp = sequence * 320): AudioPacket {
  return { final: false, discontinuity: false, pcm: false, turn: 1, sequence, timestamp, frames };
}

const tools = hasProgram('opusdec', '--version') ? {} : { skip: 'opus-tools is not installed' };

test('opus-tools accepts a file, and decodes it to the speech', tools, () =>
  inTemporaryFolder(async (folder) => {
    const frames = encodedSpeech();
    const [opus, wav] = [join(folder, 'turn.opus'), join(folder, 'turn.wav')];
    writeFileSync(opus, encodeOpusFile({ frames, comments: ['TITLE=a turn'] }));
    const info = spawnSync('opusinfo', [opus], { encoding: 'utf8' });
    assert.equal(info.status, 0);
    assert.doesNotMatch(info.stdout + info.stderr, /WARNING|ERROR/i);
    assert.match(info.stdout, /TITLE=a turn/);
    assert.match(info.stdout, new RegExp(`Pre-skip: ${PRE_SKIP}\\b`));

    assert.equal(spawnSync('opusdec', ['--quiet', '--rate', '16000', opus, wav]).status, 0);
    const decoded = readSamples(wav);
    // It is the output of the codec alone …
    const { correlation } = alignedCorrelation(throughCodec(speech).subarray(8_000, 32_000), decoded);
    assert.ok(correlation > 0.95, `correlation ${correlation}`);
    // … and at the same position: the pre-skip removes the samples that the encoder adds (except one sample, from
    // opusdec's resampler).
    const { offset } = alignedCorrelation(speech.subarray(8_000, 32_000), decoded);
    assert.ok(Math.abs(offset - 8_000) <= 1, `offset ${offset}`);
  }),
);

test('a written file is read back, and the same frames give the same bytes', () => {
  const frames = encodedSpeech();
  const bytes = encodeOpusFile({ frames, comments: ['TITLE=a', 'DATE=b'] });
  assert.deepEqual(bytes, encodeOpusFile({ frames, comments: ['TITLE=a', 'DATE=b'] }));
  const file = decodeOpusFile(bytes);
  assert.deepEqual(file.packets, frames);
  assert.deepEqual(file.comments, ['TITLE=a', 'DATE=b']);
  assert.equal(file.durationMs, frames.length * 20 - 6.5);
});

test('frames of every length, and none at all, make a file', () => {
  const lengths = [1, 254, 255, 256, 510, 1_275];
  const frames = Array.from({ length: 200 }, (_, i) => new Uint8Array(lengths[i % lengths.length] ?? 1).fill(i));
  assert.deepEqual(decodeOpusFile(encodeOpusFile({ frames })).packets, frames);
  assert.deepEqual(decodeOpusFile(encodeOpusFile({ frames: [] })).packets, []);
});

test('a truncated or changed file is refused', () => {
  const bytes = encodeOpusFile({ frames: encodedSpeech() });
  for (const length of [0, 10, 40, bytes.length - 1]) {
    assert.throws(() => decodeOpusFile(bytes.subarray(0, length)), { code: 'opus_file_invalid' });
  }
  const changed = bytes.slice();
  changed[500] = (changed[500] ?? 0) ^ 1;
  assert.throws(() => decodeOpusFile(changed), { code: 'opus_file_invalid' });
});

function wholeFrames(packets: readonly AudioPacket[]): Uint8Array[] {
  const filled = createFrameFiller();
  return packets.flatMap((each) => filled(each));
}

test('frames of an utterance stay in order, and gaps are filled', () => {
  const [a, b, c] = [Uint8Array.of(0x0b, 1), Uint8Array.of(0x0b, 2), Uint8Array.of(0x0b, 3)];
  const missing = Uint8Array.of(0x08);
  assert.deepEqual(wholeFrames([packet(0, [a, b]), packet(2, [c], 4 * 320)]), [a, b, missing, missing, c]);
  assert.deepEqual(wholeFrames([]), []);
});

test('a gap is what a timestamp skips, relative to the first one: across the wrap, in parts of a frame, and never backwards', () => {
  const frame = Uint8Array.of(0x0b, 1);
  const at = (timestamp: number) => packet(0, [frame], timestamp >>> 0);
  assert.equal(wholeFrames([at(-320), at(0), at(640)]).length, 4);
  assert.equal(wholeFrames([at(0), at(320 + 160), at(800 + 160)]).length, 4, 'two halves are one');
  assert.equal(wholeFrames([at(3_200), at(0), at(320)]).length, 3);
  assert.throws(() => wholeFrames([{ ...at(0), pcm: true }]), { code: 'turn_refused' });
});
