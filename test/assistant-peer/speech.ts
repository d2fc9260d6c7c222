/**
 * Real speech of the peer, in both directions, in a thread of its own: so it does not delay the program that is tested.
 */
import { createHash } from 'node:crypto';
import { Piscina } from 'piscina';
import { testModel } from '../support/models.ts';

/** Mono. */
export interface SpokenAudio {
  samples: Int16Array;
  sampleRateHz: number;
}

export interface PeerSpeech {
  /** English. The same text is spoken once. */
  speak(text: string): Promise<SpokenAudio>;
  /** The same audio is recognised once. */
  recognise(audio: SpokenAudio): Promise<string>;
  close(): Promise<void>;
}

/** Paths. */
export interface SpeechModels {
  encoder: string;
  decoder: string;
  tokens: string;
  flite: string;
}

export type SpeechTask = { text: string } | SpokenAudio;

export async function createPeerSpeech(): Promise<PeerSpeech> {
  const { encoder, decoder, tokens } = await testModel('moonshine-tiny');
  const { wasm: flite } = await testModel('flite');
  const models: SpeechModels = { encoder, decoder, tokens, flite };
  const pool = new Piscina({
    filename: new URL('./speech-worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    workerData: models,
    atomics: 'disabled',
  });
  const spoken = new Map<string, Promise<SpokenAudio>>();
  const recognised = new Map<string, Promise<string>>();
  return {
    speak(text) {
      const audio = spoken.get(text) ?? pool.run({ text });
      spoken.set(text, audio);
      return audio;
    },
    recognise(audio) {
      const hash = createHash('sha1').update(audio.samples).digest('hex');
      const text = recognised.get(hash) ?? pool.run(audio);
      recognised.set(hash, text);
      return text;
    },
    close: () => pool.destroy(),
  };
}
