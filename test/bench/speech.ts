/**
 * What a spoken sentence costs: from the text to the first frame, with one stream and with ten, and the floor, which is flite
 * and Opus alone in one thread. `npm run bench:speech [sentences]`; needs the model.
 */
import { readFileSync } from 'node:fs';
import { createSentenceEncoder } from '../../actors/assistant/speech/encoding/sentence-encoder.ts';
import { createFliteProgram } from '../../actors/assistant/speech/flite/flite-program.ts';
import { createFliteSynthesizer } from '../../actors/assistant/speech/flite/flite-synthesizer.ts';
import { createReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { testModel } from '../support/models.ts';

const SENTENCES = [
  'It is ten twenty five.',
  'Your timer for twelve minutes is set.',
  'I added milk, eggs and bread to your shopping list.',
  'You asked me earlier about the capital of Australia, which is Canberra.',
];
const ROUNDS = 2;
const count = Number(process.argv[2] ?? 100);
const { wasm } = await testModel('flite');
const limits = { ...DEFAULT_LIMITS, speechCacheBytes: 1 };
const shared = { clock: systemClock, log: silentLog };
const synthesizer = createFliteSynthesizer({ program: wasm, ...shared });
const voice = createReplyVoice({ synthesizer, limits, ...shared });
await Promise.all([synthesizer.prepare(), voice.prepare()]);
const program = createFliteProgram(new WebAssembly.Module(readFileSync(wasm)));
const textOf = (i: number): string => SENTENCES[i % SENTENCES.length] ?? '';

/** Ms to the first frame, and to the last. */
type Timing = readonly [first: number, last: number];

async function floor(text: string): Promise<Timing> {
  const startedAtMs = performance.now();
  let first: number | undefined;
  const encoder = createSentenceEncoder(true);
  for await (const _ of encoder.push(program.speak(text, 'rms'))) first ??= performance.now() - startedAtMs;
  for await (const _ of encoder.end());
  encoder.close();
  return [first ?? 0, performance.now() - startedAtMs];
}

async function spoken(text: string): Promise<Timing> {
  const startedAtMs = performance.now();
  let first: number | undefined;
  const reply = voice.reply({ name: 'bench', language: 'en', timeZone: 'UTC', units: 'metric', features: [] });
  reply.write(text);
  reply.end();
  for await (const part of reply.output) if (part.type === 'frames') first ??= performance.now() - startedAtMs;
  return [first ?? 0, performance.now() - startedAtMs];
}

async function measure(name: string, speak: (text: string) => Promise<Timing>, streams: number): Promise<void> {
  const timings: Timing[] = [];
  const before = process.cpuUsage();
  let next = 0;
  const stream = async () => {
    while (next < count) timings.push(await speak(textOf(next++)));
  };
  await Promise.all(Array.from({ length: streams }, stream));
  const { user, system } = process.cpuUsage(before);
  const at = (which: 0 | 1, share: number) =>
    Math.round(timings.map((timing) => timing[which]).sort((a, b) => a - b)[Math.floor(share * (count - 1))] ?? 0);
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  const cpuMs = Math.round((user + system) / 1_000 / count);
  process.stdout.write(
    `${name.padEnd(22)} first frame p50 ${at(0, 0.5)} p95 ${at(0, 0.95)} ms, last p50 ${at(1, 0.5)} ms, CPU ${cpuMs} ms a sentence, RSS ${rss} MB\n`,
  );
}

for (let i = 0; i < 8; i++) {
  await floor(textOf(i));
  await spoken(textOf(i));
}
for (let round = 0; round < ROUNDS; round++) {
  await measure('floor, one thread', floor, 1);
  await measure('spoken reply', spoken, 1);
}
await measure('ten replies at once', spoken, 10);
await Promise.all([voice.close(), synthesizer.close()]);
