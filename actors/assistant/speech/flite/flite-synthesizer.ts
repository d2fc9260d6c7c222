/**
 * The embedded voice: flite in threads, because a sentence blocks its thread for 40 to 400 ms.
 */
import { readFile } from 'node:fs/promises';
import type { QueueRegistry } from '../../../../src/core/actor/queue-metrics.ts';
import { EarshotError } from '../../../../src/core/errors.ts';
import type { Log } from '../../../../src/core/log/log.ts';
import { ownCores } from '../../../../src/core/threads/own-cores.ts';
import { createThreadPool } from '../../../../src/core/threads/thread-pool.ts';
import { untilAborted } from '../../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../../src/core/time/clock.ts';
import type { Pcm, Synthesizer } from '../../parts/synthesizer.ts';
import { englishText } from './english-text.ts';
import type { FliteTask } from './flite-worker.ts';
import { FLITE_VOICES, type FliteVoice } from './voices.ts';

export interface FliteOptions {
  /** Path of flite.wasm. */
  program: string;
  voice?: FliteVoice;
  minThreads?: number;
  maxThreads?: number;
  /** Sentences that wait for a thread; another one is refused with `assistant_busy`. */
  queueLimit?: number;
  queues?: QueueRegistry | undefined;
  clock: Clock;
  log: Log;
}

/** A longer text would hold a thread for too long. */
const MAX_SENTENCE_CHARACTERS = 240;
/** The longest sentence takes 0.4 s on a quiet machine. */
const SENTENCE_MS = 10_000;
/** At 100 ms a sentence and two threads: 3 s. */
const QUEUE_LIMIT = 64;

export function createFliteSynthesizer(options: FliteOptions): Synthesizer & { prepare(): Promise<void> } {
  const { program, voice = 'rms', clock, log } = options;
  const name = 'speech synthesis';
  const pool = createThreadPool<FliteTask, Pcm>({
    name,
    // In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader.
    worker: new URL(import.meta.url.endsWith('.ts') ? './flite-worker.ts' : './flite-worker.js', import.meta.url),
    minThreads: options.minThreads ?? 1,
    maxThreads: options.maxThreads ?? Math.min(4, ownCores()),
    queueLimit: options.queueLimit ?? QUEUE_LIMIT,
    taskMs: SENTENCE_MS,
    clock,
    log,
  });
  const unwatch = options.queues?.watch(() => [pool.queue()]);
  let compiled: Promise<WebAssembly.Module> | undefined;

  function loadProgram(): Promise<WebAssembly.Module> {
    compiled ??= compile(program).catch((error: unknown) => {
      compiled = undefined;
      throw error;
    });
    return compiled;
  }

  return {
    async *speak(text, { signal, ...wanted }) {
      if (text.length > MAX_SENTENCE_CHARACTERS) throw tooLong(text);
      if (englishText(text) === '') return;
      try {
        const module = await untilAborted(loadProgram(), signal);
        yield await pool.run({ module, text, voice: voiceNamed(wanted.voice ?? voice) }, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    async prepare() {
      // The first sentence of a thread takes three times as long as the others.
      await pool.run({ module: await loadProgram(), text: 'Ready.', voice }, new AbortController().signal);
    },
    async close() {
      unwatch?.();
      await pool.close();
    },
  };
}

function tooLong({ length }: string): EarshotError {
  const hint = 'Split the text into sentences.';
  const message = `The embedded voice speaks ${MAX_SENTENCE_CHARACTERS} characters at a time, not ${length}`;
  return new EarshotError('assistant_refused', message, hint);
}

async function compile(program: string): Promise<WebAssembly.Module> {
  const hint = 'Run: earshot models fetch';
  const bytes = await readFile(program).catch((cause: unknown) => {
    throw new EarshotError('models_missing', `The voice ${program} cannot be read`, hint, { cause });
  });
  return WebAssembly.compile(bytes).catch((cause: unknown) => {
    throw new EarshotError('models_missing', `The voice ${program} is damaged`, hint, { cause });
  });
}

/** @throws EarshotError `assistant_config` */
export function voiceNamed(name: string): FliteVoice {
  const voice = FLITE_VOICES.find((each) => each === name);
  if (voice) return voice;
  throw new EarshotError(
    'assistant_config',
    `The embedded synthesizer has no voice ${name}`,
    `Its voices are ${FLITE_VOICES.join(', ')}.`,
  );
}
