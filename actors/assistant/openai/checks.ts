/** What `earshot doctor` finds out about an OpenAI-compatible server: it uses it once, as a turn does. */
import { readFile } from 'node:fs/promises';
import { BUNDLED_RECORDING } from '../../../src/core/files/bundled.ts';
import { toS16 } from '../../sound/s16.ts';
import { parseWav } from '../../sound/wav-format.ts';
import { badAnswer } from '../parts/errors.ts';
import type { PartContext, ProviderCheck } from '../parts/provider.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import { type CheckSteps, checkSteps, timeToFirst } from '../requests/checks.ts';
import { limitedStream } from '../requests/limited-request.ts';
import { chatStream } from './chat-stream.ts';
import type { ApiClient } from './client.ts';
import { transcribe } from './file-transcriber.ts';

/** For the usage that the checks cause. */
export const CHECK_DEVICE = 'doctor';
/** What is said in the bundled recording. */
const SENTENCE = ['he', 'was', 'not', 'an', 'ill', 'disposed', 'young', 'man'];

export function checkChat(client: ApiClient, context: PartContext): AsyncGenerator<ProviderCheck> {
  return checkSteps(client, {
    ...reachable(client),
    async 'first token'(signal) {
      const messages = [{ role: 'user' as const, content: 'Say hello.' }];
      const request = { messages, tools: [], mustAnswer: true };
      const open = (opened: AbortSignal) =>
        chatStream(client, request, opened, (usage) => context.reportUsage(CHECK_DEVICE, usage));
      return `${client.model}: ${await timeToFirst(limitedStream(open, client.limits(signal)), context.clock)}`;
    },
  });
}

export function checkSpeech(
  client: ApiClient,
  synthesizer: Synthesizer,
  { clock }: PartContext,
): AsyncGenerator<ProviderCheck> {
  return checkSteps(client, {
    ...reachable(client),
    async 'first audio'(signal) {
      const speech = synthesizer.speak('Hello.', { device: CHECK_DEVICE, language: 'en', signal });
      return `${client.model}: ${await timeToFirst(speech, clock)}`;
    },
  });
}

export function checkTranscription(client: ApiClient, context: PartContext): AsyncGenerator<ProviderCheck> {
  return checkSteps(client, {
    ...reachable(client),
    async transcription(signal) {
      const samples = await recording();
      const startMs = context.clock.now();
      const { text } = await transcribe(samples, client, context, { device: CHECK_DEVICE, language: 'en', signal });
      const tookMs = Math.round(context.clock.now() - startMs);
      return `${client.model}: ${understood(text, client.provider)} in ${tookMs} ms`;
    },
  });
}

function reachable(client: ApiClient): CheckSteps {
  return {
    async reachable() {
      await client.prepare();
      return `${client.provider} accepts the key`;
    },
  };
}

/** At 16 kHz. */
export async function recording(): Promise<Int16Array> {
  const speech = parseWav(await readFile(BUNDLED_RECORDING), BUNDLED_RECORDING);
  return toS16(speech.read(speech.frames));
}

/** How much of the recording was understood. */
export function understood(text: string, provider: string): string {
  const said = new Set(text.toLowerCase().match(/[a-z']+/g));
  const right = SENTENCE.filter((word) => said.has(word)).length;
  const found = `${right} of ${SENTENCE.length} words understood`;
  if (right < SENTENCE.length / 2) throw badAnswer(provider, found);
  return found;
}
