/** The embedded voice with its real model. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import recognise from '../../../actors/assistant/recognition/recogniser-worker.ts';
import { englishText } from '../../../actors/assistant/speech/flite/english-text.ts';
import { createFliteProgram, type FliteProgram } from '../../../actors/assistant/speech/flite/flite-program.ts';
import { createFliteSynthesizer } from '../../../actors/assistant/speech/flite/flite-synthesizer.ts';
import { flite } from '../../../actors/assistant/speech/flite/provider.ts';
import { FLITE_VOICES } from '../../../actors/assistant/speech/flite/voices.ts';
import { wordEnds } from '../../../actors/assistant/speech/flite/word-ends.ts';
import type { QueueMetrics } from '../../../src/core/actor/queue-metrics.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import fc from '../../support/fast-check.ts';
import { testModel, testModelsFolder } from '../../support/models.ts';
import { countOwnTime } from '../../support/own-time.ts';

const { wasm } = await testModel('flite');
const model = await testModel('moonshine-tiny');

describe('flite in WebAssembly', () => {
  let module: WebAssembly.Module;
  let program: FliteProgram;
  before(async () => {
    module = await WebAssembly.compile(readFileSync(wasm));
    program = createFliteProgram(module);
  });
  const hashOf = (samples: Int16Array) => createHash('sha256').update(samples).digest('hex');

  test('a run does not depend on those before it, in any voice', () => {
    for (const voice of FLITE_VOICES) {
      const fresh = createFliteProgram(module).speak('Your timer for twelve minutes is set.', voice);
      assert.ok(fresh.samples.length > 1.5 * fresh.sampleRateHz);
      const again = program.speak('Your timer for twelve minutes is set.', voice);
      assert.equal(hashOf(again.samples), hashOf(fresh.samples), voice);
    }
  });

  test('no run changes the memory that is not restored', () => {
    let memory: WebAssembly.Memory | undefined;
    const original = WebAssembly.Instance;
    class Spy extends original {
      constructor(...args: ConstructorParameters<typeof original>) {
        super(...args);
        memory = (this.exports as { memory: WebAssembly.Memory }).memory;
      }
    }
    Object.assign(WebAssembly, { Instance: Spy });
    const spied = createFliteProgram(module);
    Object.assign(WebAssembly, { Instance: original });
    const constant = (memory?.buffer.byteLength ?? 0) - 1_048_576;
    const hash = () => hashOf(new Int16Array(memory?.buffer ?? new ArrayBuffer(0), 0, constant >> 1));
    const before = hash();
    for (const voice of FLITE_VOICES) spied.speak(`A long text: ${'one, two, three, '.repeat(12)} and so on.`, voice);
    assert.equal(hash(), before);
  });

  test('any text is spoken or refused, and the program goes on', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        let said: string;
        try {
          said = englishText(text);
        } catch (error) {
          assert.equal((error as { code: string }).code, 'assistant_refused');
          return;
        }
        assert.match(said, /^[\x20-\x7e]*$/);
        const { samples } = program.speak(said, 'kal');
        assert.ok(samples.length > 0 || !/[a-z0-9]/i.test(said));
      }),
      { numRuns: 60 },
    );
  });

  const heard: readonly (readonly [text: string, words: RegExp])[] = [
    ['It is 10:25 a.m. and 21 °C.', /ten twenty.five.*twenty.one degrees celsius/],
    ['The wind blows with 30 km/h from the north.', /thirty kilometers per hour/],
    ['50 % of them cost €5.', /fifty per ?cent.*five euros/],
    ['On 2026-11-26 at 19:00.', /november twenty.sixth,? twenty twenty.six.*nineteen o.clock/],
    ['5 × 6 = 30, and 10 ÷ 2 = 5.', /five times six equals thirty.*ten divided by two equals five/],
    [
      'Add 250 g of sugar & 2 kg of flour.',
      /(250|two hundred (and )?fifty) grams of sugar and (2 kg|two kilograms) of flour/,
    ],
    ['That takes 10–15 minutes – at least.', /ten to fifteen minutes/],
  ];
  for (const [text, words] of heard) {
    test(`a recogniser understands: ${text}`, async () => {
      const { samples } = program.speak(englishText(text), 'rms');
      const [recognised = ''] = await recognise({ model, hearings: [{ samples, pace: 1 }] });
      assert.match(recognised.toLowerCase(), words);
    });
  }
});

describe('what flite is given to say', () => {
  const cases: readonly (readonly [text: string, said: string])[] = [
    ['It is -5 °C, or 23°F.', 'It is minus 5 degrees Celsius, or 23 degrees Fahrenheit.'],
    ['1 kg, 1.5 km, 20 m² and 3 m³', '1 kilogram, 1.5 kilometers, 20 square meters and 3 cubic meters'],
    ['£3.50, 2 €, ¥100 and $29.99', '3 pounds 50, 2 euros, 100 yen and $29.99'],
    ['Mail bob@example.com, e.g. now, etc.', 'Mail bob at example dot com, for example now, et cetera'],
    ['The 1990s, version 2.0.1, No. 5 and #1', 'The 19 nineties, version 2 point 0 point 1, number 5 and number 1'],
    ['Straße, Łódź, Århus & “São Paulo”…', 'Strasse, Lodz, Arhus and Sao Paulo.'],
    ['The Greek letter α is common.', 'The Greek letter is common.'],
    ['I am 5 m away, I am. Gas is on', 'I am 5 meters away, I am. Gas is on'],
    ['10:30 h and 7:00 pm', '10:30 h and 7 pm'],
    ['👍', ''],
  ];
  for (const [text, said] of cases) test(text, () => assert.equal(englishText(text), said));

  for (const text of ['今日は晴れです', 'Привет, мир', 'مرحبا', 'שלום world', '안녕하세요']) {
    test(`${text} is refused`, () => assert.throws(() => englishText(text), { code: 'assistant_refused' }));
  }
});

describe('which sounds belong to which word', () => {
  /** 100 ms each. */
  const phonesOf = (symbols: string) =>
    symbols.split(' ').map((symbol, index) => ({ symbol, endsAtMs: (index + 1) * 100 }));
  /** The phones of each word. */
  function split(text: string, symbols: string): string {
    const phones = phonesOf(symbols);
    let from = 0;
    const words = wordEnds(text, phones).map((endMs) => {
      const own = symbols.split(' ').slice(from, endMs / 100);
      from = Math.max(from, endMs / 100);
      return own.filter((symbol) => symbol !== 'pau').join(' ');
    });
    return words.join(' | ');
  }

  test('letters are spoken as other letters, or not at all', () => {
    assert.equal(split('Which knight laughs?', 'pau w ih ch n ay t l ae f s pau'), 'w ih ch | n ay t | l ae f s');
    assert.equal(split('One of the two.', 'w ah n ah v dh ax t uw'), 'w ah n | ah v | dh ax | t uw');
  });

  test('a number has as many phones as the words around it leave', () => {
    const said = 'pau ih t ih z t w eh n t iy w ah n d ih g r iy z s eh l s iy ax s pau';
    assert.equal(split('It is 21 °C.', said), 'ih t | ih z | t w eh n t iy w ah n | d ih g r iy z s eh l s iy ax s');
    assert.equal(split('At 7 go', 'ae t s eh v ax n g ow'), 'ae t | s eh v ax n | g ow');
  });

  test('what is said in other words: a unit, a sign, a mark that is not said', () => {
    const said = 'pau w ih n d pau th er d iy k ax l aa m ax t er z p er aw er pau ae n d pau';
    assert.equal(
      split('Wind – 30 km/h & so', `${said} s ow`),
      'w ih n d |  | th er d iy | k ax l aa m ax t er z p er aw er | ae n d | s ow',
    );
  });

  test('there may be no phones, and no words', () => {
    assert.deepEqual(wordEnds('Okay then.', []), [0, 0]);
    assert.deepEqual(wordEnds('', phonesOf('pau')), []);
  });
});

describe('the embedded synthesizer', () => {
  const synthesizer = createFliteSynthesizer({ program: wasm, maxThreads: 2, clock: systemClock, log: silentLog });
  after(() => synthesizer.close());

  async function samplesOf(
    text: string,
    { voice, signal = new AbortController().signal }: { voice?: string; signal?: AbortSignal } = {},
  ) {
    let samples = 0;
    const options = { device: 'kitchen', language: 'en', signal, ...(voice !== undefined && { voice }) };
    for await (const pcm of synthesizer.speak(text, options)) samples += pcm.samples.length;
    return samples;
  }

  test('speaks, several sentences at once', async () => {
    const lengths = await Promise.all(Array.from({ length: 8 }, () => samplesOf('Your timer is set.')));
    assert.equal(new Set(lengths).size, 1);
    assert.ok((lengths[0] ?? 0) > 16_000);
  });

  test('other voices by name; an unknown one is an error', async () => {
    assert.ok((await samplesOf('Okay.', { voice: 'slt' })) > 0);
    await assert.rejects(samplesOf('Okay.', { voice: 'bob' }), { code: 'assistant_config' });
  });

  test('nothing to say is no sound; what it cannot say is an error', async () => {
    assert.equal(await samplesOf('👍'), 0);
    await assert.rejects(samplesOf('今日は晴れです'), { code: 'assistant_refused' });
    await assert.rejects(samplesOf('word '.repeat(49)), { code: 'assistant_refused' });
  });

  test('an abort ends a stream within 50 ms, and the next sentence is spoken', async () => {
    const controller = new AbortController();
    const long = samplesOf('word '.repeat(48), { signal: controller.signal });
    let passedMs = (): number => Number.NaN;
    setTimeout(() => {
      passedMs = countOwnTime();
      controller.abort();
    }, 30);
    assert.equal(await long, 0);
    const tookMs = passedMs();
    assert.ok(tookMs < 50, `${tookMs} ms`);
    assert.ok((await samplesOf('Okay.')) > 0);
  });

  test('its queue is shown, until it is closed', async () => {
    const shown = new Set<() => readonly QueueMetrics[]>();
    const queues = {
      watch(read: () => readonly QueueMetrics[]) {
        shown.add(read);
        return () => shown.delete(read);
      },
    };
    const context = {
      clock: systemClock,
      log: silentLog,
      modelsFolder: testModelsFolder,
      queueLimit: 7,
      reportUsage() {},
    };
    const made = await flite.create({}, { ...context, queues });
    assert.deepEqual(
      [...shown].flatMap((read) => read()),
      [{ name: 'speech synthesis', depth: 0, limit: 7, sent: 0, dropped: 0 }],
    );
    await made.close();
    assert.equal(shown.size, 0);
  });

  test('a program that is missing or damaged', async () => {
    for (const program of ['/nonexistent/flite.wasm', import.meta.filename]) {
      const broken = createFliteSynthesizer({ program, clock: systemClock, log: silentLog });
      await assert.rejects(broken.prepare(), { code: 'models_missing' });
      await broken.close();
    }
  });
});
