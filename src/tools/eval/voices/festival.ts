/**
 * Festival's voice `slt-hts` (Debian: festival, festvox-us-slt-hts). One process speaks all texts, one after the other.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readSpeechFile } from '../../../../actors/sound/wav-file.ts';
import { EarshotError } from '../../../core/errors.ts';
import { makeTemporaryFolder } from '../../../core/files/temporary-folder.ts';
import type { MissingVoice, Voice } from './voice.ts';

export const FESTIVAL_VOICE = 'slt-hts';

const FUNCTION = 'voice_cmu_us_slt_arctic_hts';
/** A sentence takes 0.1 s. */
const SPEAK_MS = 30_000;
const MISSING = 'needs festival and its voice (Debian: apt-get install festival festvox-us-slt-hts)';

export async function openFestival(): Promise<Voice | MissingVoice> {
  const name = FESTIVAL_VOICE;
  const child = spawn('festival', ['--pipe'], { stdio: 'pipe' });
  // Its standard output is buffered: lines would come only at its end.
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  child.stdout.resume();
  child.stdin.on('error', () => {}); // The process has ended: reading says so.
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });

  /** Runs an expression; resolves with the line that it prints, undefined when the process has ended. */
  async function evaluate(expression: string): Promise<string | undefined> {
    const limit = setTimeout(() => child.kill('SIGKILL'), SPEAK_MS);
    child.stdin.write(`${expression}\n`);
    const line = await Promise.race([lines.next(), ended]);
    clearTimeout(limit);
    return line?.value;
  }

  const found = await evaluate(
    `(format stderr "%s\\n" (if (boundp '${FUNCTION}) (begin (${FUNCTION}) "found") "missing"))`,
  );
  if (found !== 'found') {
    await end(child, ended);
    return { name, missing: MISSING };
  }
  const folder = makeTemporaryFolder('festival');
  const path = join(folder.path, 'spoken.wav');
  let last: Promise<unknown> = Promise.resolve();

  async function speak(text: string): Promise<Int16Array> {
    const spoken = `(utt.save.wave (utt.synth (Utterance Text "${quoted(text)}")) "${path}" 'riff)`;
    if ((await evaluate(`${spoken}\n(format stderr "spoken\\n")`)) !== 'spoken') {
      throw new EarshotError('assistant_failed', 'festival has ended', 'Say something with it: festival --tts.');
    }
    return await readSpeechFile(path);
  }

  return {
    name,
    speak(text) {
      const spoken = last.then(() => speak(text));
      // Its failure is its caller's.
      last = spoken.catch(() => {});
      return spoken;
    },
    async close() {
      await end(child, ended);
      folder.remove();
    },
  };
}

async function end(child: ChildProcessWithoutNullStreams, ended: Promise<void>): Promise<void> {
  child.stdin.end();
  child.kill();
  await ended;
}

/** In a string of Scheme. */
function quoted(text: string): string {
  return text.replace(/[^\p{Letter}\p{Number}\p{Punctuation}\p{Symbol} ]/gu, ' ').replace(/[\\"]/g, ' ');
}
