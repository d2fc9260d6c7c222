/**
 * Decodes the recording of a turn and plays it on the sound card.
 */
import { createOpusDecoder } from '../../../actors/codec/opus.ts';
import { openSpeaker, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import type { Speaker, SpeakerHandlers } from '../../../actors/sound/port.ts';
import { createScope } from '../../core/actor/scope.ts';
import { silentLog } from '../../core/log/log.ts';
import { decodeOpusFile } from '../../core/ogg/opus-file.ts';
import { systemClock } from '../../core/time/clock.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../protocol/format.ts';

/** Granule positions of Ogg Opus count samples at 48 kHz. */
const GRANULES_PER_SAMPLE = 3;

/** @throws EarshotError `opus_file_invalid`, and the speaker's errors. */
export async function playRecording(file: Uint8Array): Promise<void> {
  const samples = decodeRecording(file);
  const open = openSpeaker(parseSpeaker(undefined));
  let at = 0;
  let speaker: Speaker | undefined;
  await new Promise<void>((resolve, reject) => {
    const scope = createScope('a speaker', { clock: systemClock, log: silentLog, onCrash: reject });
    const handlers: SpeakerHandlers = {
      onDemand(block) {
        const next = samples.subarray(at, at + block.length);
        block.set(next);
        at += block.length;
        // The last blocks are still in the card's buffer.
        if (next.length < block.length)
          scope.clock.setTimeout(resolve, (speaker?.outputLatencyMs ?? 0) + block.length / SAMPLES_PER_MS);
        return block.length;
      },
      onUnderflow() {},
      onLost: reject,
    };
    open(handlers, scope).then((opened) => {
      speaker = opened;
    }, reject);
  }).finally(() => speaker?.close());
}

/** 16 kHz, mono. @throws EarshotError `opus_file_invalid` */
export function decodeRecording(file: Uint8Array): Int16Array {
  const { packets, preSkip } = decodeOpusFile(file);
  const decoder = createOpusDecoder();
  const samples = new Int16Array(packets.length * RECOMMENDED_FRAME_SIZE);
  for (const [i, packet] of packets.entries()) samples.set(decoder.decode(packet), i * RECOMMENDED_FRAME_SIZE);
  return samples.subarray(Math.round(preSkip / GRANULES_PER_SAMPLE));
}
