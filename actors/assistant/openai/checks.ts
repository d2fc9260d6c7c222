/** What `earshot doctor` finds out about an OpenAI-compatible server: it uses it once, as a turn does. */
import { readFile } from 'node:fs/promises';
import { EarshotError, errorInfo } from '../../../src/core/errors.ts';
import { BUNDLED_RECORDING } from '../../../src/core/files/bundled.ts';
import { SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import { toS16 } from '../../sound/s16.ts';
import { parseWav } from '../../sound/wav-format.ts';
import type { PartContext, ProviderCheck, ProviderSettings } from '../parts/provider.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import { limitedStream } from '../requests/limited-request.ts';
import { chatStream } from './chat-stream.ts';
import type { ApiClient } from './client.ts';
import { transcribe } from './file-transcriber.ts';

/** What is said in the bundled recording. */
const SENTENCE = ['he', 'was', 'not', 'an', 'ill', 'disposed', 'young', 'man'];
/** For the usage that the checks cause. */
const DEVICE = 'doctor';

export async function* checkChat(client: ApiClient, context: PartContext): AsyncGenerator<ProviderCheck> {
  yield* checkEach(client, [
    [
      'first token',
      async (signal) => {
        const messages = [{ role: 'user' as const, content: 'Say hello.' }];
        const request = { messages, tools: [], mustAnswer: true };
        const open = (opened: AbortSignal) =>
          chatStream(client, request, opened, (usage) => context.reportUsage(DEVICE, usage));
        return timeToFirst(limitedStream(open, client.limits(signal)), client.model, context);
      },
    ],
  ]);
}

export async function* checkSpeech(
  client: ApiClient,
  synthesizer: Synthesizer,
  context: PartContext,
): AsyncGenerator<ProviderCheck> {
  yield* checkEach(client, [
    [
      'first audio',
      async (signal) => {
        const options = { device: DEVICE, language: 'en', signal };
        return timeToFirst(synthesizer.speak('Hello.', options), client.model, context);
      },
    ],
  ]);
}

export async function* checkTranscription(
  client: ApiClient,
  settings: ProviderSettings,
  context: PartContext,
): AsyncGenerator<ProviderCheck> {
  yield* checkEach(client, [
    [
      'transcription',
      async (signal) => {
        const recording = parseWav(await readFile(BUNDLED_RECORDING), BUNDLED_RECORDING);
        const samples = toS16(recording.read(recording.frames));
        const startMs = context.clock.now();
        const options = { device: DEVICE, language: 'en', signal };
        const { text } = await transcribe(samples, client, settings, context, options);
        const tookMs = Math.round(context.clock.now() - startMs);
        const said = new Set(text.toLowerCase().match(/[a-z']+/g));
        const right = SENTENCE.filter((word) => said.has(word)).length;
        const seconds = (samples.length / SAMPLE_RATE_HZ).toFixed(1);
        const found = `${client.model}: ${right} of ${SENTENCE.length} words in ${seconds} s of speech, in ${tookMs} ms`;
        if (right < SENTENCE.length / 2) throw new EarshotError('assistant_bad_answer', found, 'Choose another model.');
        return found;
      },
    ],
  ]);
}

type Step = [name: string, run: (signal: AbortSignal) => Promise<string>];

/** The first step that fails is the last one; the connection is closed in any case. */
async function* checkEach(client: ApiClient, steps: readonly Step[]): AsyncGenerator<ProviderCheck> {
  const end = new AbortController();
  try {
    const connect: Step = [
      'reachable',
      async () => {
        await client.prepare();
        return `${client.provider} accepts the key`;
      },
    ];
    for (const [name, run] of [connect, ...steps]) {
      const check = await result(name, () => run(end.signal));
      yield check;
      if (!check.isOk) return;
    }
  } finally {
    end.abort();
    await client.close();
  }
}

async function result(name: string, run: () => Promise<string>): Promise<ProviderCheck> {
  try {
    return { name, isOk: true, found: await run() };
  } catch (error) {
    const { code, message, hint } = errorInfo(error);
    return { name: code === 'assistant_key_refused' ? 'key accepted' : name, isOk: false, found: message, hint };
  }
}

async function timeToFirst(items: AsyncIterable<unknown>, model: string, { clock }: PartContext): Promise<string> {
  const startMs = clock.now();
  let tookMs: number | undefined;
  for await (const _ of items) {
    tookMs ??= clock.now() - startMs;
    break;
  }
  if (tookMs === undefined)
    throw new EarshotError('assistant_bad_answer', `${model} sent nothing`, 'Choose another model.');
  return `${model}: after ${Math.round(tookMs)} ms`;
}
