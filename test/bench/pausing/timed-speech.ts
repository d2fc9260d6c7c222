/** Speech whose word ends are known: the synthesizer that speaks it prints its own times. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { englishText } from '../../../actors/assistant/speech/flite/english-text.ts';
import { createOutputFile, wasiFunctions } from '../../../actors/assistant/speech/flite/wasi-functions.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { makeTemporaryFolder } from '../../../src/core/files/temporary-folder.ts';
import { testModel } from '../../support/models.ts';
import { wordEnds } from './word-ends.ts';

export interface TimedSpeech {
  /** 16 kHz mono. */
  samples: Int16Array;
  /** From the first sample. */
  words: { word: string; endsAtMs: number }[];
}

export interface TimedVoice {
  name: string;
  speak(text: string): Promise<TimedSpeech>;
}

/** Debian: festvox-us-slt-hts, festvox-kdlpc16k. */
const FESTIVAL_VOICES: Record<string, string> = {
  'slt-hts': 'voice_cmu_us_slt_arctic_hts',
  ked: 'voice_ked_diphone',
};

/** @param name a voice of flite, or of festival: `slt-hts`, `ked` */
export function openTimedVoice(name: string): Promise<TimedVoice> {
  const voice = FESTIVAL_VOICES[name];
  return voice ? Promise.resolve({ name, speak: (text) => speakWithFestival(voice, text) }) : openFlite(name);
}

async function openFlite(name: string): Promise<TimedVoice> {
  const { wasm } = await testModel('flite');
  const module = await WebAssembly.compile(await readFile(wasm));
  const folder = makeTemporaryFolder('timed-speech');
  const phonesOfWords = new Map<string, string[]>();

  function run(text: string, ...options: string[]) {
    const output = createOutputFile();
    const messages = createOutputFile();
    const args = ['flite', '-voice', name, ...options, '-t', text, '-o', '/out/speech.wav'];
    const buffers = args.map((arg) => Buffer.from(`${arg}\0`));
    const functions = wasiFunctions({ memory: () => exports.memory, args: () => buffers, output, messages });
    const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: functions }) as unknown as {
      exports: { memory: WebAssembly.Memory; _start(): void };
    };
    exports._start();
    return { wav: Buffer.from(output.bytes()), printed: messages.bytes().toString('latin1').trim().split(/\s+/) };
  }

  function phonesOf(word: string): string[] {
    const known = phonesOfWords.get(word) ?? run(word, '-ps').printed.filter((phone) => phone !== 'pau');
    phonesOfWords.set(word, known);
    return known;
  }

  return {
    name,
    async speak(text) {
      const said = englishText(text);
      const { wav, printed } = run(said, '-psdur');
      const path = join(folder.path, 'spoken.wav');
      await writeFile(path, wav);
      const phones = printed.map((phone) => {
        const [symbol = '', seconds = ''] = phone.split(':');
        return { symbol, endsAtMs: Number(seconds) * 1_000 };
      });
      const words = run(said, '-pw').printed.map((word) => ({ word, phones: phonesOf(word) }));
      return { samples: await readSpeechFile(path), words: wordEnds(phones, words) };
    },
  };
}

async function speakWithFestival(voice: string, text: string): Promise<TimedSpeech> {
  const folder = makeTemporaryFolder('timed-speech');
  const [script, wav] = [join(folder.path, 'speak.scm'), join(folder.path, 'spoken.wav')];
  await writeFile(
    script,
    `(${voice})
     (set! said (utt.synth (Utterance Text "${text.replace(/[\\"]/g, ' ')}")))
     (utt.save.wave said "${wav}" 'riff)
     (mapcar (lambda (word) (format t "%s %s\\n" (item.name word) (item.feat word "word_end"))) (utt.relation.items said 'Word))`,
  );
  const { stdout } = await promisify(execFile)('festival', ['-b', script]);
  const words = stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [word = '', seconds = ''] = line.split(' ');
      return { word, endsAtMs: Number(seconds) * 1_000 };
    });
  const samples = await readSpeechFile(wav);
  folder.remove();
  return { samples, words };
}
