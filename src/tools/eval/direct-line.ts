/**
 * Gives the utterance to the responder as fast as it takes it: Opus frames, without a microphone, a network and a loudspeaker.
 * For questions by the hundred; delays mean nothing here.
 */
import { v7 as uuidv7 } from 'uuid';
import { SPECIFIED_SETTINGS } from '../../../actors/codec/encoder-settings.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { createPacketizer } from '../../../actors/codec/packetizer.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import { defineResponder } from '../../../actors/responder/responder-actor.ts';
import { createChannel } from '../../core/actor/channel.ts';
import type { ReceivedPacket } from '../../core/actor/data-plane.ts';
import { runActor } from '../../core/actor/run-actor.ts';
import type { ResponderContract } from '../../core/contracts/index.ts';
import { defaultProfile } from '../../core/device-profile.ts';
import { EarshotError, type ErrorInfo, errorInfo } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { withCaption } from '../../protocol/captions.ts';
import { FRAME_MS, FRAMES_PER_CHUNK, RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';
import type { AskedTurn, Conversation, Line } from './line.ts';
import { PATIENCE, patientClock } from './patient-clock.ts';

/** An answer that takes longer is none. */
const ANSWER_MS = 60_000;
/** An hour of speech: nothing may be dropped. */
const MAX_PACKETS = 60_000;

export interface DirectLineOptions {
  responder: Responder;
  /** A device of this name begins to talk; returns what is to do when it ends. */
  connect: (name: string) => () => void;
  log: Log;
}

export function createDirectLine(options: DirectLineOptions): Pick<Line, 'converse'> {
  return { converse: async (name) => new DirectConversation(options, name) };
}

interface Asking {
  turn: number;
  heard: string;
  answer: string | undefined;
  frames: number;
  end(error?: ErrorInfo): void;
}

class DirectConversation implements Conversation {
  readonly #received = createChannel<ReceivedPacket>({
    name: 'utterance',
    limit: MAX_PACKETS,
    whenFull: 'drop-newest',
  });
  readonly #actor;
  #turns = 0;
  #asking: Asking | undefined;

  readonly #disconnect: () => void;

  constructor({ responder, connect, log }: DirectLineOptions, name: string) {
    const device = defaultProfile(name);
    this.#disconnect = connect(name);
    const definition = defineResponder({
      responder,
      device: () => device,
      received: this.#received,
      reply: {
        send: ({ turn, frames }) => {
          if (turn === this.#asking?.turn) this.#asking.frames += frames.length;
        },
      },
    });
    this.#actor = runActor<ResponderContract>(
      'responder',
      definition,
      { clock: patientClock(systemClock, PATIENCE), log },
      (event) => this.#receive(event),
      (error) => this.#asking?.end(errorInfo(error)),
    );
  }

  async ask(utterance: Int16Array): Promise<AskedTurn> {
    this.#turns += 1;
    const turn = this.#turns;
    const fromMs = systemClock.wallNow();
    const asking: Asking = { turn, heard: '', answer: undefined, frames: 0, end() {} };
    const ended = new Promise<ErrorInfo | undefined>((resolve) => {
      asking.end = resolve;
    });
    this.#asking = asking;
    const limit = setTimeout(() => asking.end(tooLong().info), ANSWER_MS);
    this.#actor.receive({ type: 'responder.begin', turn, id: uuidv7() });
    for (const packet of packetsOf(turn, utterance)) this.#received.send({ turn, packet });
    const error = await ended;
    clearTimeout(limit);
    this.#asking = undefined;
    const answerMs = asking.frames * FRAME_MS;
    if (error) this.#actor.receive({ type: 'responder.abort', turn });
    else if (answerMs > 0) this.#play(turn, answerMs);
    return {
      heard: asking.heard,
      answer: asking.answer ?? '',
      answerMs,
      fromMs,
      toMs: systemClock.wallNow(),
      ...(error && { error }),
    };
  }

  async close(): Promise<void> {
    this.#actor.stop();
    this.#disconnect();
  }

  #receive(event: ResponderContract['sends']): void {
    const asking = this.#asking;
    if (!asking || event.turn !== asking.turn) return;
    switch (event.type) {
      case 'responder.processing':
        asking.heard = event.transcript ?? asking.heard;
        return;
      case 'responder.replying':
        asking.answer ??= event.text;
        return;
      case 'responder.caption':
        asking.answer = withCaption(asking.answer, event.text);
        return;
      case 'responder.finished':
        return asking.end();
      case 'responder.failed':
        return asking.end(event.error);
    }
  }

  /** The device has played the whole answer. */
  #play(turn: number, playedMs: number): void {
    this.#actor.receive({ type: 'responder.played', turn, event: 'started', playedMs: 0 });
    this.#actor.receive({ type: 'responder.played', turn, event: 'drained', playedMs });
  }
}

function* packetsOf(turn: number, utterance: Int16Array) {
  const encoder = createOpusEncoder(SPECIFIED_SETTINGS);
  const packetizer = createPacketizer(turn, FRAMES_PER_CHUNK);
  const ready: ReceivedPacket['packet'][] = [];
  for (let from = 0; from < utterance.length; from += RECOMMENDED_FRAME_SIZE) {
    const frame = new Int16Array(RECOMMENDED_FRAME_SIZE);
    frame.set(utterance.subarray(from, from + RECOMMENDED_FRAME_SIZE));
    packetizer.add(encoder.encode(frame), from, (packet) => ready.push(packet));
    yield* ready.splice(0);
  }
  yield packetizer.finish();
}

function tooLong(): EarshotError {
  return new EarshotError(
    'reply_timeout',
    `The assistant had no answer within ${ANSWER_MS / 1_000} s`,
    'Ask it with earshot start, and see the log of the gateway.',
  );
}
