/** OpenAI Realtime as a provider. */

import { defaultProfile } from '../../../src/core/device-profile.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import { createOpusEncoder } from '../../codec/opus.ts';
import { CHECK_DEVICE, recording, understood } from '../openai/checks.ts';
import type { PartContext, Provider, ProviderCheck } from '../parts/provider.ts';
import type { SpeechToSpeech } from '../parts/speech-to-speech.ts';
import { checkSteps } from '../requests/checks.ts';
import { createRealtime } from './realtime.ts';

export const realtime: Provider<SpeechToSpeech> = {
  summary: 'OpenAI Realtime: a model that hears and speaks itself',
  async create(settings, context) {
    return createRealtime(settings, context);
  },
  check(settings, context) {
    return checkRealtime(createRealtime(settings, context), context);
  },
};

function checkRealtime(model: SpeechToSpeech, context: PartContext): AsyncGenerator<ProviderCheck> {
  return checkSteps(model, {
    async 'first audio'(signal) {
      const { clock } = context;
      const samples = await recording();
      const encoder = createOpusEncoder();
      const turn = model.begin(
        { device: defaultProfile(CHECK_DEVICE), history: [], tools: [], turnId: CHECK_DEVICE, nowMs: clock.wallNow() },
        signal,
      );
      for (let at = 0; at + RECOMMENDED_FRAME_SIZE <= samples.length; at += RECOMMENDED_FRAME_SIZE) {
        turn.push([encoder.encode(samples.subarray(at, at + RECOMMENDED_FRAME_SIZE))], 0);
      }
      turn.finish();
      const startMs = clock.now();
      let firstMs: number | undefined;
      let transcript = '';
      for await (const output of turn.output) {
        if (output.type === 'audio') firstMs ??= Math.round(clock.now() - startMs);
        if (output.type === 'transcript') transcript = output.text;
      }
      return `${understood(transcript, 'openai-realtime')}, answered after ${firstMs} ms`;
    },
  });
}
