/**
 * What a responder is: it hears the packets of a turn as they arrive and may answer at any time. The actor around it gives
 * it the turn's packets and carries what it says to the device connection. A responder is somebody else's code: whatever it does wrong
 * fails its turn, and no more.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { ReceivedPacket, ReplyFrames } from '../../src/core/actor/data-plane.ts';
import { createScope, type OwnedScope, type Scope } from '../../src/core/actor/scope.ts';
import type { ResponderContract } from '../../src/core/contracts/index.ts';
import { EarshotError, type ErrorInfo, messageOf } from '../../src/core/errors.ts';
import { runOwned, runUnowned } from '../../src/core/process/uncaught.ts';
import { clipText } from '../../src/protocol/bounds.ts';
import { type AudioPacket, MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';

/** What a responder can do with the turn it was given. Nothing happens after `finish` or once the turn was aborted. */
export interface Answer {
  /**
   * For whatever is done later: its timers (`scope.clock`), callbacks (`scope.guard`) and promises (`scope.run`) end with
   * the turn, and what throws in one of them fails the turn, as it does in the responder itself. Use it: a raw timer or
   * promise goes on after the turn, and what it throws can be told to the turn only where Node knows who started it (not in
   * `queueMicrotask`); else it counts as a fault of the gateway, which ends when there are more than ten in a minute.
   */
  readonly scope: Scope;
  /** All was heard and the answer is being made. A text is cut to what a message may hold. */
  processing(transcript?: string): void;
  /** The answer begins. Called by the first `say` if it was not before. A text is cut likewise. */
  begin(text?: string): void;
  /** The next frames of the answer: Opus, 20 ms each, of 1 to 1,275 bytes. `gapSamples`: silence left out before them. */
  say(frames: Uint8Array[], gapSamples?: number): void;
  /** The same, but the answer does not begin with them: they wait until it does, on the disk where they are many. */
  prepare(frames: Uint8Array[], gapSamples?: number): void;
  /** The answer is complete; without a `say` before it there is none. */
  finish(): void;
  /** The turn fails, with `responder_failed` unless the error is an EarshotError. */
  fail(error: unknown): void;
}

/** One turn in a responder's hands. Both may be asynchronous; what they reject with is as if they had thrown it. */
export interface Listener {
  hear(packet: AudioPacket): void;
  /** Nobody waits for the answer any more. */
  abort(): void;
}

/** Who answers: called once a turn, with its id and the {@link Answer} to speak with. It returns who hears the turn. */
export interface Responder {
  (turn: { number: number; id: string }, answer: Answer): Listener;
  /**
   * It promises to start nothing that runs later, but through `answer.scope`. Then nobody has to remember whose a raw timer is,
   * which costs something for each packet, write and timer of the gateway (docs/performance.md).
   */
  readonly startsNothing?: boolean;
}

export interface ResponderOptions {
  responder: Responder;
  received: Channel<ReceivedPacket>;
  reply: (frames: ReplyFrames) => void;
}

/** Runs the responder's code, and ours that it has called. */
type Owned = <Argument, Result>(
  owner: OwnedScope['crash'],
  work: (argument: Argument) => Result,
  argument: Argument,
) => Result;
type Unowned = <First, Second>(work: (first: First, second: Second) => void, first: First, second: Second) => void;

interface Turn {
  number: number;
  scope: OwnedScope;
  /** Undefined until the responder has returned it. */
  listener?: Listener | undefined;
  /** Runs the responder's code. */
  hear(packet: AudioPacket): void;
}

export function defineResponder({ responder, received, reply }: ResponderOptions): ActorDefinition<ResponderContract> {
  // With one argument or two instead of any number: both are on the way of each packet.
  const owned: Owned = responder.startsNothing ? (_owner, work, argument) => work(argument) : runOwned;
  const unowned: Unowned = responder.startsNothing ? (work, first, second) => work(first, second) : runUnowned;
  return ({ send, receive, clock, log }) => {
    let current: Turn | undefined;

    function begin(number: number, id: string): void {
      const onCrash = (thrown: unknown) => {
        const error = failureOf(thrown);
        log.error('the responder failed', { turn: id, error: error.message });
        send({ type: 'responder.failed', turn: number, error });
      };
      const scope = createScope('a turn of the responder', { clock, log, onCrash });
      const turn: Turn = {
        number,
        scope,
        hear: theirs(scope, (packet: AudioPacket) => turn.listener?.hear(packet)),
      };
      current = turn;
      const answer = createAnswer({ turn: number, scope, send, reply, unowned });
      const start = theirs<undefined>(scope, () => {
        const listener: Partial<Listener> | undefined = responder({ number, id }, answer);
        if (typeof listener?.hear !== 'function') throw new TypeError('it returned no listener');
        turn.listener = listener as Listener;
      });
      start(undefined);
    }

    /** The responder's code, as it is called: in its turn's scope, and what it starts is the turn's. */
    function theirs<Argument>(scope: OwnedScope, work: (argument: Argument) => unknown) {
      return scope.guard((argument: Argument) => {
        const outcome = owned(scope.crash, work, argument);
        if (outcome instanceof Promise) scope.run(() => outcome);
      });
    }

    function abandon(): void {
      const turn = current;
      current = undefined;
      if (!turn) return;
      turn.scope.onEnd(() => owned(turn.scope.crash, () => turn.listener?.abort(), undefined));
      turn.scope.end();
    }

    receive(received, ({ turn, packet }) => {
      if (current?.number === turn) current.hear(packet);
    });
    return {
      receive(event) {
        abandon();
        if (event.type === 'responder.begin') begin(event.turn, event.id);
      },
      stop: abandon,
    };
  };
}

interface AnswerOptions {
  turn: number;
  scope: OwnedScope;
  send: (event: ResponderContract['sends']) => void;
  reply: (frames: ReplyFrames) => void;
  /** Runs our own code, whoever called. */
  unowned: Unowned;
}

function createAnswer({ turn, scope, send, reply, unowned }: AnswerOptions): Answer {
  let begun = false;

  /** Nothing happens once the turn is over; and what we do is ours, whoever called. */
  function ours<First, Second>(work: (first: First, second: Second) => void) {
    return (first?: First, second?: Second): void => {
      if (!scope.isOver()) unowned(work, first as First, second as Second);
    };
  }

  function begin(text?: string): void {
    if (begun) return;
    begun = true;
    send({ type: 'responder.replying', turn, ...(text === undefined ? {} : { text: cut(text) }) });
  }

  function prepare(frames: Uint8Array[], gapSamples = 0, first?: () => void): void {
    const wrong = whatIsWrong(frames, gapSamples);
    if (wrong !== undefined) return scope.crash(new TypeError(wrong));
    first?.();
    reply({ turn, frames, gapSamples, final: false });
  }

  return {
    scope,
    processing: ours((transcript?: string) => {
      const words = transcript === undefined ? {} : { transcript: cut(transcript) };
      send({ type: 'responder.processing', turn, ...words });
    }),
    begin: ours(begin),
    say: ours((frames: Uint8Array[], gapSamples?: number) => prepare(frames, gapSamples, begin)),
    prepare: ours((frames: Uint8Array[], gapSamples?: number) => prepare(frames, gapSamples)),
    finish: ours(() => {
      scope.end();
      if (begun) reply({ turn, frames: [], gapSamples: 0, final: true });
      send({ type: 'responder.finished', turn });
    }),
    fail: ours((error: unknown) => scope.crash(error)),
  };
}

function failureOf(thrown: unknown): ErrorInfo {
  if (thrown instanceof EarshotError) return { ...thrown.info, message: cut(thrown.message) };
  const hint = 'It may be tried again; see the log of the gateway.';
  return { code: 'responder_failed', message: cut(`The responder failed: ${messageOf(thrown)}`), hint };
}

/** What the wire can't carry is refused here, where its maker can be told. */
function whatIsWrong(frames: readonly unknown[], gapSamples: unknown): string | undefined {
  if (!Array.isArray(frames) || !frames.every(isFrame)) return `frames have 1 to ${MAX_FRAME_BYTES} bytes each`;
  if (!Number.isInteger(gapSamples) || Number(gapSamples) < 0) return 'gapSamples is a whole number, 0 or more';
  return undefined;
}

function isFrame(frame: unknown): boolean {
  return frame instanceof Uint8Array && frame.length >= 1 && frame.length <= MAX_FRAME_BYTES;
}

function cut(text: unknown): string {
  return clipText(messageOf(text));
}
