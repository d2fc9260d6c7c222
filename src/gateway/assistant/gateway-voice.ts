/**
 * The voice of a gateway whose responder has none: the synthesizer of the configuration alone, for announcements, reminders and apologies.
 */
import { redactingLog } from '../../../actors/assistant/providers/redaction.ts';
import { createReplyVoice, type ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import type { QueueRegistry } from '../../core/actor/queue-metrics.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { AssistantConfig } from './config.ts';
import { loadProvider, namingPart } from './load-provider.ts';

export interface GatewayVoiceOptions {
  config: Pick<AssistantConfig, 'synthesizer'>;
  modelsFolder: string;
  limits: Limits;
  queues?: QueueRegistry | undefined;
  clock: Clock;
  log: Log;
}

/** @throws EarshotError `assistant_config`, `models_missing` */
export async function openGatewayVoice(options: GatewayVoiceOptions): Promise<ReplyVoice & { close(): Promise<void> }> {
  const { config, modelsFolder, limits, queues, clock } = options;
  const { provider, settings } = config.synthesizer;
  const key = settings.key?.();
  const log = redactingLog(options.log, key === undefined ? [] : [key]);
  const loaded = await loadProvider('synthesizer', provider);
  const synthesizer = await namingPart('synthesizer', () =>
    loaded.create(settings, {
      ...{ clock, log, modelsFolder, queues, queueLimit: limits.speechSentences },
      reportUsage() {},
    }),
  );
  const voice = createReplyVoice({ synthesizer, limits, queues, clock, log });
  return {
    ...voice,
    async close() {
      await voice.close();
      await synthesizer.close();
    },
  };
}
