/** Asks with a recording: one turn from samples to samples. */
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../../actors/codec/opus-fec.ts';
import { MAX_REPLY_FRAMES } from '../../../actors/network/gateway-bounds.ts';
import { concatenate } from '../../../actors/sound/s16.ts';
import { CONVERSATION_DELAYS_MS } from '../../../machines/conversation-context.ts';
import { EarshotError, type ErrorInfo } from '../../core/errors.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../protocol/format.ts';
import type { Client, Turn, TurnResult } from '../client.ts';

/** As long as a person may speak. */
const LONGEST_MS = CONVERSATION_DELAYS_MS.utteranceLimit;
/** States of the conversation in which a turn takes frames. */
const RECORDING = ['recording', 'streaming'];

/** A turn that was not answered has no audio: see `outcome`. */
export interface SpokenAnswer extends Omit<TurnResult, 'error'> {
  /** The reply: 16 kHz, mono. */
  audio: Int16Array;
}

/** @throws EarshotError (by rejection) `usage`; why there is no connection; why the turn failed */
export async function ask(client: Client, speech: Int16Array, trigger: string): Promise<SpokenAnswer> {
  if (speech.length > LONGEST_MS * SAMPLES_PER_MS) {
    const message = `A recording that asks has at most ${LONGEST_MS / 1_000} s`;
    throw new EarshotError('usage', message, 'Cut it into several turns.');
  }
  await connected(client);
  const turn = client.talk(trigger);
  const audio = createReplyAudio();
  turn.on('frame', ({ frame, atMs }) => audio.add(frame, atMs));
  await begun(client, turn);
  const encoder = createOpusEncoder();
  for (const samples of wholeFrames(speech)) if (!turn.isEnded) turn.send(encoder.encode(samples));
  turn.end();
  const { error, ...result } = await turn.result;
  if (error) throw asThrown(error);
  return { ...result, audio: audio.samples() };
}

/** While the client connects, or waits for its pairing, this waits. */
async function connected(client: Client): Promise<void> {
  while (client.state.state === 'connecting' || client.state.state === 'pairing') await next(client, 'state');
  const { state, error } = client.state;
  if (state === 'connected') return;
  if (error) throw asThrown(error);
  throw new EarshotError('usage', 'The client is closed', 'Call connect() first.');
}

/** Frames that are sent before would wait for it, and only a few may. */
async function begun(client: Client, turn: Turn): Promise<void> {
  const isWaiting = () => client.turn === turn && !RECORDING.includes(client.conversation.state);
  while (isWaiting()) await Promise.race([next(client, 'conversation'), turn.result]);
}

function next(client: Client, name: 'state' | 'conversation'): Promise<void> {
  return new Promise((resolve) => {
    const stop = client.on(name, () => {
      stop();
      resolve();
    });
  });
}

function asThrown({ code, message, hint }: ErrorInfo): EarshotError {
  return new EarshotError(code, message, hint);
}

/** The last one is filled with silence. */
function* wholeFrames(speech: Int16Array): Generator<Int16Array> {
  for (let at = 0; at < speech.length; at += RECOMMENDED_FRAME_SIZE) {
    const samples = speech.subarray(at, at + RECOMMENDED_FRAME_SIZE);
    if (samples.length === RECOMMENDED_FRAME_SIZE) yield samples;
    else {
      const filled = new Int16Array(RECOMMENDED_FRAME_SIZE);
      filled.set(samples);
      yield filled;
    }
  }
}

/** The frames of a reply, decoded, each in its place. */
function createReplyAudio() {
  const decoder = createStreamDecoder();
  const mostMs = MAX_REPLY_FRAMES * FRAME_MS;
  const decoded: Int16Array[] = [];
  return {
    /** Frames of silence may have been left out: the decoder fills their places. */
    add(frame: Uint8Array, atMs: number): void {
      if (atMs >= mostMs) return;
      while (decoded.length * FRAME_MS < atMs) decoded.push(decoder.conceal().slice());
      decoded.push(decoder.decode(frame).slice());
    },
    samples: () => concatenate(decoded),
  };
}
