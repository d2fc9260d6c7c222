/**
 * What a responder is: it hears the packets of a turn as they arrive and may answer at any time. The actor around it gives
 * it the turn's packets and carries what it says to the peer.
 */
import type { ResponderPort } from '../../machines/ports.ts';
import type { ActorDefinition } from '../../src/actor.ts';
import type { Channel } from '../../src/channel.ts';
import type { HeardPacket, SpokenFrames } from '../../src/data-plane.ts';
import { errorInfo } from '../../src/errors.ts';
import { clipText } from '../../src/protocol/bounds.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** What a responder can do with the turn it was given. Nothing happens after `finish` or once the turn was aborted. */
export interface Answer {
  /** All was heard and the answer is being made. A text is cut to what a message may hold. */
  processing(transcript?: string): void;
  /** The answer begins. Called by the first `say` if it was not before. */
  begin(text?: string): void;
  /** The next frames of the answer: Opus, 20 ms each. `gapSamples`: silence left out before them. */
  say(frames: Uint8Array[], gapSamples?: number): void;
  /** The answer is complete; without a `say` before it there is none. */
  finish(): void;
  fail(error: unknown): void;
}

/** One turn in a responder's hands. */
export interface Listener {
  hear(packet: AudioPacket): void;
  /** Nobody waits for the answer any more. */
  abort(): void;
}

export type Responder = (turn: { number: number; id: string }, answer: Answer) => Listener;

export interface ResponderOptions {
  responder: Responder;
  heard: Channel<HeardPacket>;
  spoken: (frames: SpokenFrames) => void;
}

export function defineResponder({ responder, heard, spoken }: ResponderOptions): ActorDefinition<ResponderPort> {
  return ({ send, receive }) => {
    let current: { turn: number; listener: Listener } | undefined;

    function answerTo(turn: number): Answer {
      let begun = false;
      const isCurrent = () => current?.turn === turn;
      return {
        processing(transcript) {
          if (isCurrent())
            send({
              type: 'responder.processing',
              turn,
              ...(transcript === undefined ? {} : { transcript: clipText(transcript) }),
            });
        },
        begin(text) {
          if (!isCurrent() || begun) return;
          begun = true;
          send({ type: 'responder.replying', turn, ...(text === undefined ? {} : { text: clipText(text) }) });
        },
        say(frames, gapSamples = 0) {
          if (!isCurrent()) return;
          this.begin();
          spoken({ turn, frames, gapSamples, final: false });
        },
        finish() {
          if (!isCurrent()) return;
          current = undefined;
          if (begun) spoken({ turn, frames: [], gapSamples: 0, final: true });
          send({ type: 'responder.finished', turn });
        },
        fail(error) {
          if (!isCurrent()) return;
          current = undefined;
          send({ type: 'responder.failed', turn, error: errorInfo(error) });
        },
      };
    }

    receive(heard, ({ turn, packet }) => {
      if (current?.turn === turn) current.listener.hear(packet);
    });
    return {
      receive(event) {
        current?.listener.abort();
        current = undefined;
        if (event.type !== 'responder.begin') return;
        const { turn, id } = event;
        const answer = answerTo(turn);
        const pending: { turn: number; listener: Listener } = { turn, listener: { hear() {}, abort() {} } };
        current = pending;
        pending.listener = responder({ number: turn, id }, answer);
      },
      stop() {
        current?.listener.abort();
        current = undefined;
      },
    };
  };
}
