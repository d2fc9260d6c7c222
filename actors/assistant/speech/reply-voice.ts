/**
 * The voice of a gateway: spoken replies for all devices, with one encoder pool and one cache of frequent sentences; and the
 * sentences for errors.
 */
import type { QueueRegistry } from '../../../src/core/actor/queue-metrics.ts';
import type { DeviceProfile } from '../../../src/core/device-profile.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import type { Limits } from '../../../src/core/limits/limits.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import { openApologies } from './apologies.ts';
import { createEncoderPool } from './encoding/encoder-pool.ts';
import { createSentenceCache } from './sentence-cache.ts';
import { createSpokenAudio, type SpokenAudio } from './spoken-audio.ts';
import { createSpokenReply, type SpokenPart, type SpokenReply } from './spoken-reply.ts';

/** Speaks answers. */
export interface ReplyVoice {
  reply(device: DeviceProfile): SpokenReply;
  /** For a model that speaks itself. */
  audio(device: DeviceProfile): SpokenAudio;
  /** One sentence for the person about this error. */
  apology(error: { code: ErrorCode }, device: DeviceProfile): Promise<readonly SpokenPart[]>;
}

/** The voice of a gateway: it speaks replies, announcements and apologies. */
export interface GatewayVoice extends ReplyVoice {
  /** Starts the threads, so that the first reply is as fast as the others. */
  prepare(): Promise<void>;
  /** The synthesizer is not closed: it belongs to the caller. */
  close(): Promise<void>;
}

export interface ReplyVoiceOptions {
  synthesizer: Synthesizer;
  limits: Pick<Limits, 'providerMs' | 'speechSentences' | 'speechCacheBytes' | 'speechAheadMs' | 'speechCharacters'>;
  queues?: QueueRegistry | undefined;
  clock: Clock;
  log: Log;
}

/** @throws EarshotError `opus_file_invalid` */
export function createReplyVoice({ synthesizer, limits, queues, clock, log }: ReplyVoiceOptions): GatewayVoice {
  const encoders = createEncoderPool({ queueLimit: limits.speechSentences, clock, log });
  const cache = createSentenceCache(limits.speechCacheBytes);
  const apologies = openApologies();
  const unwatch = queues?.watch(() => [encoders.queue(), cache.queue()]);
  return {
    reply: ({ name: device, language, voice }) =>
      createSpokenReply({
        ...{ synthesizer, encoders, cache, device, language, voice, clock, log },
        limits: {
          aheadMs: limits.speechAheadMs,
          synthesizerMs: limits.providerMs,
          waitingCharacters: limits.speechCharacters,
        },
      }),
    audio: ({ language }) => createSpokenAudio(encoders, language),
    apology: async (error) => apologies(error),
    prepare: () => encoders.prepare(),
    async close() {
      unwatch?.();
      await encoders.close();
    },
  };
}
