/** Plays samples (s16, 16 kHz, mono) on a speaker, to their end. */
import type { OpenSpeaker, Speaker, SpeakerHandlers } from '../../../actors/sound/port.ts';
import { createScope } from '../../core/actor/scope.ts';
import { silentLog } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../protocol/format.ts';

/** @throws EarshotError (by rejection): those of the speaker */
export async function playSamples(samples: Int16Array, open: OpenSpeaker): Promise<void> {
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
