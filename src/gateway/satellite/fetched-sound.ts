/**
 * A sound at an address that Home Assistant names: the spoken answer, or an announcement. It is read while it arrives; a longer one is cut off. What is no WAV file is
 * refused when it is encoded.
 */

import { AssistantError, httpError, unreachable } from '../../../actors/assistant/parts/errors.ts';
import type { Pcm } from '../../../actors/assistant/parts/synthesizer.ts';
import { createHttpFetch } from '../../../actors/assistant/requests/http-fetch.ts';
import { limitedStream } from '../../../actors/assistant/requests/limited-request.ts';
import type { Clock } from '../../core/time/clock.ts';
import { SAMPLE_RATE_HZ } from '../../protocol/format.ts';

const PROVIDER = 'Home Assistant';
/** To the first bytes, and from each piece to the next: Home Assistant may begin to speak only when it is asked. */
const TIMEOUT_MS = 10_000;
/** Ten minutes, as of each reply, at 16 kHz. */
const MAX_BYTES = 19_200_000;

export interface SoundFetch {
  /** @throws AssistantError `assistant_unreachable`, `assistant_timeout`, `assistant_refused`, … */
  fetch(url: string, signal: AbortSignal): AsyncIterable<Pcm>;
  close(): void;
}

export function createSoundFetch(clock: Clock): SoundFetch {
  const http = createHttpFetch(PROVIDER);

  async function* read(url: string, signal: AbortSignal): AsyncGenerator<Pcm> {
    const address = URL.canParse(url) ? new URL(url) : undefined;
    if (!address || !/^https?:$/.test(address.protocol)) {
      const hint = 'Check the internal URL in its settings, under network.';
      throw new AssistantError('assistant_refused', 'Home Assistant names a sound that is not at a web address', hint);
    }
    let response: Response;
    try {
      response = await http.fetch(address, { signal });
    } catch (thrown) {
      if (thrown instanceof AssistantError || signal.aborted) throw thrown;
      throw unreachable(PROVIDER, thrown);
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw httpError(PROVIDER, response.status);
    }
    let bytes = 0;
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length;
      const all = Buffer.concat([rest, chunk]);
      rest = all.subarray(all.length & ~1);
      yield { samples: samplesOf(all), sampleRateHz: SAMPLE_RATE_HZ };
      if (bytes >= MAX_BYTES) return;
    }
  }

  return {
    fetch: (url, signal) =>
      limitedStream((opened) => read(url, opened), { provider: PROVIDER, clock, timeoutMs: TIMEOUT_MS, signal }),
    close: http.close,
  };
}

/** Whole samples of these bytes, wherever they begin. */
export function samplesOf(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}
