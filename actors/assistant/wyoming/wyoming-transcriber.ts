/**
 * Recognition by a Wyoming server (faster-whisper, Vosk, …). The speech is sent while the person speaks. If the connection fails, all of it is sent once more.
 */
import { SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Transcriber, Transcript, Utterance, UtteranceOptions } from '../parts/transcriber.ts';
import {
  createUtteranceDecoders,
  type UtteranceDecoder,
  type UtteranceDecoders,
} from '../recognition/utterance-decoder.ts';
import { limitedCall } from '../requests/limited-request.ts';
import { failureCode, type TracedCall } from '../requests/traced-call.ts';
import { traceWyoming } from './traced-wyoming.ts';
import { connectWyoming, endedEarly, type WyomingConnection } from './wyoming-connection.ts';
import { describeWyoming } from './wyoming-info.ts';
import type { WyomingPart } from './wyoming-part.ts';

const FORMAT = { rate: SAMPLE_RATE_HZ, width: 2, channels: 1 };

export function createWyomingTranscriber(part: WyomingPart): Transcriber {
  const { server, context, timeoutMs } = part;
  const { clock, log } = context;
  const decoders = createUtteranceDecoders({ clock, log });
  return {
    begin: (options) => new WyomingUtterance(part, decoders, options),
    async prepare() {
      const { signal } = new AbortController();
      const limits = { provider: server.provider, clock, timeoutMs, signal };
      await Promise.all([decoders.prepare(), limitedCall((opened) => describeWyoming(server, opened), limits)]);
    },
    close: () => decoders.close(),
  };
}

/** One request, on a connection of its own. */
interface Attempt {
  connection: WyomingConnection;
  transcript: Promise<Transcript>;
  call: TracedCall | undefined;
}

class WyomingUtterance implements Utterance {
  readonly #part: WyomingPart;
  readonly #options: UtteranceOptions;
  readonly #decoder: UtteranceDecoder;
  /** For a second attempt. Its length is that of the utterance. */
  readonly #sound: Uint8Array[] = [];
  /** Undefined after the first attempt. */
  #live: Attempt | undefined;

  constructor(part: WyomingPart, decoders: UtteranceDecoders, options: UtteranceOptions) {
    this.#part = part;
    this.#options = options;
    this.#live = this.#begin();
    this.#decoder = decoders.begin({
      signal: options.signal,
      onResult: ({ buffer, byteOffset, byteLength }) => {
        if (byteLength === 0) return;
        const sound = new Uint8Array(buffer, byteOffset, byteLength);
        this.#sound.push(sound);
        this.#live?.connection.send({ type: 'audio-chunk', data: FORMAT, payload: sound });
      },
    });
  }

  push(frames: readonly Uint8Array[], gapSamples: number): void {
    this.#decoder.push(frames, gapSamples);
  }

  async finish(): Promise<Transcript> {
    const { server, context, timeoutMs } = this.#part;
    const { device, signal } = this.#options;
    try {
      await this.#decoder.finish();
      if (this.#sound.length === 0) return { text: '' };
      const limits = { provider: server.provider, clock: context.clock, timeoutMs, signal };
      const transcript = await limitedCall((opened) => this.#recognise(opened), limits);
      const bytes = this.#sound.reduce((sum, { length }) => sum + length, 0);
      context.reportUsage(device, { requests: 1, inputAudioMs: (bytes * 1_000) / (2 * SAMPLE_RATE_HZ) });
      return transcript;
    } finally {
      this.#live?.call?.end('aborted');
      this.#live?.connection.close();
    }
  }

  async #recognise(opened: AbortSignal): Promise<Transcript> {
    const attempt = this.#live ?? this.#begin(this.#sound);
    this.#live = undefined;
    const { connection, transcript, call } = attempt;
    const close = () => connection.close();
    const onAbort = () => {
      call?.end(failureCode(opened.reason));
      close();
    };
    opened.addEventListener('abort', onAbort, { once: true });
    try {
      connection.send({ type: 'audio-stop' });
      return await transcript;
    } finally {
      close();
    }
  }

  #begin(sound: readonly Uint8Array[] = []): Attempt {
    const { server, settings } = this.#part;
    const { language, signal } = this.#options;
    const call = traceWyoming(server, 'transcribe');
    const connection = connectWyoming(server, signal);
    const wanted = {
      language: language.split('-', 1)[0],
      ...(settings.model !== undefined && { name: settings.model }),
    };
    connection.send({ type: 'transcribe', data: wanted });
    connection.send({ type: 'audio-start', data: FORMAT });
    for (const payload of sound) connection.send({ type: 'audio-chunk', data: FORMAT, payload });
    const transcript = this.#transcriptOf(connection);
    // `finish` reports its error.
    transcript.then(
      () => call?.end(),
      (error: unknown) => call?.end(failureCode(error, signal)),
    );
    return { connection, transcript, call };
  }

  async #transcriptOf({ events }: WyomingConnection): Promise<Transcript> {
    const { onPartial, signal } = this.#options;
    const { provider } = this.#part.server;
    let written = '';
    for await (const { type, data } of events) {
      const { text, language } = data;
      if (type === 'transcript') {
        if (typeof text !== 'string') throw badAnswer(provider, 'it has no text');
        return { text: text.trim(), ...(typeof language === 'string' && { language }) };
      }
      if (type === 'transcript-stop') return { text: written.trim() };
      if (type !== 'transcript-chunk' || typeof text !== 'string') continue;
      written += text;
      if (!signal.aborted) onPartial?.({ text: written.trim(), stableText: written.trim() });
    }
    throw endedEarly(provider);
  }
}
