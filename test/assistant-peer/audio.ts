/** `POST /v1/audio/transcriptions` and `/v1/audio/speech`, and the audio in both. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SpeechCreateParams } from 'openai/resources/audio/speech';
import type { Transcription, TranscriptionStreamEvent } from 'openai/resources/audio/transcriptions';
import { createResampler } from '../../actors/sound/resampler.ts';
import { toFloat, toS16 } from '../../actors/sound/s16.ts';
import type { PeerDelays } from './delays.ts';
import { tokensOf } from './script.ts';
import type { PeerSpeech, SpokenAudio } from './speech.ts';

/** As OpenAI's `pcm`, and in Realtime. */
export const PEER_RATE_HZ = 24_000;
const PIECE_BYTES = (PEER_RATE_HZ / 10) * 2;

/** What is said, in pieces of 100 ms. */
export async function* speechPieces(text: string, speech: PeerSpeech, delays: PeerDelays): AsyncGenerator<Buffer> {
  const { samples, sampleRateHz } = await speech.speak(text);
  const resampler = await createResampler(sampleRateHz, PEER_RATE_HZ);
  const parts = [resampler.push(toFloat(samples)), resampler.flush()].map(toS16);
  resampler.close();
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  await wait(delays.firstAudioMs);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (at > 0) await wait(delays.audioMs);
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}

/** The body of an answer: PCM, or WAV of unknown length as OpenAI streams it. */
export async function* speechBody(
  { input, response_format = 'mp3' }: SpeechCreateParams,
  speech: PeerSpeech,
  delays: PeerDelays,
): AsyncGenerator<Buffer> {
  if (response_format !== 'pcm' && response_format !== 'wav') throw new Error(`the peer has no ${response_format}`);
  if (response_format === 'wav') yield wavHeader();
  yield* speechPieces(input, speech, delays);
}

function wavHeader(): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF\xff\xff\xff\xffWAVEfmt ', 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(PEER_RATE_HZ, 24);
  header.writeUInt32LE(PEER_RATE_HZ * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data\xff\xff\xff\xff', 36, 'latin1');
  return header;
}

/** The samples of a WAV file: mono, 16 bit. */
export function readWav(wav: Buffer): SpokenAudio {
  const at = wav.indexOf('data', 12, 'latin1');
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || at < 0) throw new Error('not a WAV file');
  const size = Math.min(wav.readUInt32LE(at + 4), wav.length - at - 8) & ~1;
  return { samples: samplesOf(wav.subarray(at + 8, at + 8 + size)), sampleRateHz: wav.readUInt32LE(24) };
}

export function samplesOf(bytes: Buffer): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}

/** A file that a client uploaded is recognised. Whole, or as events. */
export async function* transcriptionBody(
  { audio, isStreamed }: { audio: SpokenAudio; isStreamed: boolean },
  speech: PeerSpeech,
  delays: PeerDelays,
): AsyncGenerator<string> {
  const text = await speech.recognise(audio);
  await wait(delays.transcriptMs);
  const seconds = audio.samples.length / audio.sampleRateHz;
  if (!isStreamed) {
    yield JSON.stringify({ text, usage: { type: 'duration', seconds } } satisfies Transcription);
    return;
  }
  const event = (data: TranscriptionStreamEvent) => `data: ${JSON.stringify(data)}\n\n`;
  for (const delta of tokensOf(text)) yield event({ type: 'transcript.text.delta', delta });
  const usage = { type: 'tokens', input_tokens: 10, output_tokens: 5, total_tokens: 15 } as const;
  yield event({ type: 'transcript.text.done', text, usage });
  yield 'data: [DONE]\n\n';
}
