/** What arrives in pieces: audio, tool calls, thoughts. However it is cut, it means the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CalledTools } from '../../../actors/assistant/openai/called-tools.ts';
import { pcmStream } from '../../../actors/assistant/openai/pcm-stream.ts';
import { createThoughtFilter } from '../../../actors/assistant/openai/thoughts.ts';
import { concatenate } from '../../../actors/sound/s16.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import fc from '../../support/fast-check.ts';

/** The bytes, cut at these places. */
function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

async function read(chunks: readonly Uint8Array[], contentType = 'audio/pcm') {
  const parts: Int16Array[] = [];
  const rates = new Set<number>();
  async function* source() {
    yield* chunks;
  }
  for await (const { samples, sampleRateHz } of pcmStream(source(), { provider: 'peer', contentType })) {
    parts.push(samples);
    rates.add(sampleRateHz);
  }
  return { samples: [...concatenate(parts)], rates: [...rates] };
}

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const someSamples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 8, maxLength: 64 });

test('PCM and WAV are the same samples, however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(someSamples, cuts, async (values, where) => {
      // So that raw samples do not look like another format.
      const samples = Int16Array.from([0, 0, ...values]);
      const raw = new Uint8Array(samples.buffer);
      assert.deepEqual(await read(pieces(raw, where)), { samples: [...samples], rates: [24_000] });
      assert.deepEqual(await read(pieces(wavOf(samples), where)), { samples: [...samples], rates: [16_000] });
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('what is not PCM or WAV is refused', async () => {
  for (const [bytes, type] of [
    ['ID3\u0004', 'audio/pcm'],
    ['OggS\0\0\0\0', 'audio/pcm'],
    ['fLaC\0\0\0\0', 'application/octet-stream'],
    ['\xff\xfb\x90\x64', 'audio/mpeg'],
    ['{"error": "x"}', 'audio/pcm'],
    ['\0\0\0\0', 'application/json'],
    ['RIFF', 'audio/wav'],
    [`RIFF\xff\xff\xff\xffWAVE${'junk\0\0\0\0'.repeat(10_000)}`, 'audio/wav'],
  ] as const) {
    await assert.rejects(
      read([Buffer.from(bytes, 'latin1')], type),
      { code: 'assistant_bad_answer' },
      bytes.slice(0, 20),
    );
  }
});

test('tool calls of different servers', () => {
  const calls = (...deltas: Parameters<CalledTools['add']>[0][]) => {
    const tools = new CalledTools();
    for (const delta of deltas) assert.ok(tools.add(delta));
    return tools.all().map(({ id, name, input }) => `${id} ${name}(${input})`);
  };
  const first = (more: object, args = '') => ({ ...more, function: { name: 'a', arguments: args } });
  const next = (more: object, args: string) => ({ ...more, function: { arguments: args } });
  const expected = ['x a({"n":1})', 'y a({"n":2})'];
  // OpenAI: numbered, and the id and name only once.
  assert.deepEqual(
    calls(
      first({ index: 0, id: 'x' }),
      next({ index: 0 }, '{"n"'),
      next({ index: 0 }, ':1}'),
      first({ index: 1, id: 'y' }),
      next({ index: 1 }, '{"n":2}'),
    ),
    expected,
  );
  // All of them numbered 0, or not at all; the id repeated.
  assert.deepEqual(calls(first({ index: 0, id: 'x' }, '{"n":1}'), first({ index: 0, id: 'y' }, '{"n":2}')), expected);
  assert.deepEqual(
    calls(first({ id: 'x' }, '{"n"'), first({ id: 'x' }, ':1}'), first({ id: 'y' }, '{"n":2}')),
    expected,
  );
  assert.deepEqual(calls(first({ id: 'x' }), next({}, '{"n":1}'), first({ id: 'y' }), next({}, '{"n":2}')), expected);
  // Without ids, each call whole.
  assert.deepEqual(calls(first({ id: '' }, '{"n":1}'), first({}, '{"n":2}')), [
    'call_1 a({"n":1})',
    'call_2 a({"n":2})',
  ]);
});

test('an input without an end is refused', () => {
  const tools = new CalledTools();
  let pieces = 0;
  while (tools.add({ index: 0, id: 'x', function: { name: 'a', arguments: 'x'.repeat(1_000) } })) pieces += 1;
  assert.ok(pieces < 70);
  let calls = 0;
  while (tools.add({ id: `y${calls}`, function: { name: 'a' } })) calls += 1;
  assert.ok(calls < 20);
});

test('thoughts are not spoken, however they are cut', () => {
  fc.assert(
    fc.property(cuts, fc.constantFrom('', '<think>', ' <think>\nLet me see < 3 </thin'), (where, thoughts) => {
      const text = `${thoughts}${thoughts && '</think>\n\n'}It is < 3 o'clock.`;
      const filter = createThoughtFilter();
      const spoken = pieces(Buffer.from(text), where).map((piece) => filter(Buffer.from(piece).toString()));
      assert.equal(spoken.join('').trimStart(), "It is < 3 o'clock.");
    }),
    { seed: 1 },
  );
});
