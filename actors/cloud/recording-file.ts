/**
 * The recording of a turn as the cloud keeps it: an Ogg Opus file, made from the turn's packets some at a time.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { createOpusStream } from '../../src/core/ogg/opus-file.ts';
import { joined } from '../../src/core/ogg/page.ts';
import { createFrameFiller } from '../../src/core/ogg/whole-frames.ts';
import { isoTime } from '../../src/core/time/iso-time.ts';
import { MAX_RECORDING_BYTES } from '../../src/protocol/bounds.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import type { CompletedTurn } from '../session/turn-recorder.ts';

/** @throws EarshotError (by rejection) `turn_refused` for what the cloud would not take, `store_failed` */
export async function encodeRecording({ id, startedAtMs, audio }: CompletedTurn): Promise<{
  file: Uint8Array;
  durationMs: number;
}> {
  const stream = createOpusStream({ comments: [`TITLE=${id}`, `DATE=${isoTime(startedAtMs)}`] });
  const filled = createFrameFiller();
  const pages: Uint8Array[] = [];
  let bytes = 0;
  let frames = 0;

  function keep(page: Uint8Array | undefined): void {
    if (!page) return;
    pages.push(page);
    bytes += page.length;
    if (bytes <= MAX_RECORDING_BYTES) return;
    const message = `The turn is too long to be kept: more than ${MAX_RECORDING_BYTES} bytes`;
    throw new EarshotError('turn_refused', message, 'Speak in shorter turns.');
  }

  keep(stream.head);
  for await (const packets of audio.packets()) {
    for (const packet of packets) {
      for (const frame of filled(packet)) {
        keep(stream.add(frame));
        frames += 1;
      }
    }
  }
  keep(stream.finish());
  return { file: joined(pages), durationMs: frames * FRAME_MS };
}
