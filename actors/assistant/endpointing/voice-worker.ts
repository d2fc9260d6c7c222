/**
 * A thread that finds the voice in the speech of turns: it decodes their frames, and Silero (sherpa-onnx) tells for each 32 ms whether
 * somebody speaks. It keeps a decoder and a detector for each utterance; so its tasks must be in order.
 */
import { createRequire } from 'node:module';
import decode, { type DecodingTask } from '../recognition/decoding-worker.ts';
import { SILENT_WINDOW, SOUND_WINDOW, VOICE_WINDOW } from './end-decision.ts';
import { PauseSound } from './pause-sound.ts';

export interface VoiceTask extends DecodingTask {
  /** Path of the model's file. */
  model: string;
}

interface Vad {
  acceptWaveform(samples: Float32Array): void;
  isDetected(): boolean;
  isEmpty(): boolean;
  pop(): void;
  reset(): void;
}
type Sherpa = { Vad: new (config: object, bufferSeconds: number) => Vad };

/** Of the model. */
export const VOICE_WINDOW_SAMPLES = 512;
/** Silero's own; the end of speech is found at 0.35. */
const THRESHOLD = 0.5;
/** Longer than any utterance: the detector must not divide it. */
const MAX_SPEECH_SECONDS = 3_600;
/** The detector collects the samples of speech, which nobody reads. */
const BUFFER_SECONDS = 60;

interface Utterance {
  vad: Vad;
  pauseSound: PauseSound;
  /** Samples that are no whole window yet. */
  rest: Float32Array;
}

const utterances = new Map<number, Utterance>();
const free: Vad[] = [];

/** For each window of the samples. */
export default function findVoice({ model, ...task }: VoiceTask): Uint8Array {
  const samples = decode(task);
  const utterance = utteranceOf(task.utterance, model);
  const all = new Float32Array(utterance.rest.length + samples.length);
  all.set(utterance.rest);
  for (let i = 0; i < samples.length; i++) all[utterance.rest.length + i] = (samples[i] ?? 0) / 32_768;
  const voice = new Uint8Array(Math.floor(all.length / VOICE_WINDOW_SAMPLES));
  for (const index of voice.keys()) {
    const { vad } = utterance;
    const window = all.subarray(index * VOICE_WINDOW_SAMPLES, (index + 1) * VOICE_WINDOW_SAMPLES);
    vad.acceptWaveform(window);
    const isVoice = vad.isDetected();
    const isLouder = utterance.pauseSound.isLouder(window, isVoice);
    voice[index] = isVoice ? VOICE_WINDOW : isLouder ? SOUND_WINDOW : SILENT_WINDOW;
    while (!vad.isEmpty()) vad.pop();
  }
  utterance.rest = all.slice(voice.length * VOICE_WINDOW_SAMPLES);
  if (task.isLast) {
    utterances.delete(task.utterance);
    utterance.vad.reset();
    free.push(utterance.vad);
  }
  return voice;
}

function utteranceOf(number: number, model: string): Utterance {
  const known = utterances.get(number);
  if (known) return known;
  const utterance = { vad: free.pop() ?? load(model), pauseSound: new PauseSound(), rest: new Float32Array(0) };
  utterances.set(number, utterance);
  return utterance;
}

function load(model: string): Vad {
  const sherpa = createRequire(import.meta.url)('sherpa-onnx-node') as Sherpa;
  const sileroVad = {
    model,
    threshold: THRESHOLD,
    windowSize: VOICE_WINDOW_SAMPLES,
    // Each window alone: how much of it counts is for the rules.
    minSpeechDuration: 0.032,
    minSilenceDuration: 0.032,
    maxSpeechDuration: MAX_SPEECH_SECONDS,
  };
  return new sherpa.Vad({ sileroVad, sampleRate: 16_000, numThreads: 1, provider: 'cpu', debug: 0 }, BUFFER_SECONDS);
}
