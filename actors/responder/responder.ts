/**
 * The interface of a responder: it receives the packets of a turn as they arrive and may answer at any time. The actor
 * around it passes it the turn's packets and sends the answer to the device connection. A responder is third-party
 * code: its faults fail its turn only.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { ReceivedPacket, ReplyFrames } from '../../src/core/actor/data-plane.ts';
import { createScope, type OwnedScope, type Scope } from '../../src/core/actor/scope.ts';
import type { AnswerStage, ResponderContract, UsedTool } from '../../src/core/contracts/index.ts';
import type { DeviceProfile } from '../../src/core/device-profile.ts';
import { EarshotError, type ErrorInfo, messageOf } from '../../src/core/errors.ts';
import { runOwned, runUnowned } from '../../src/core/process/uncaught.ts';
import { clipText, MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import type { PlaybackReport } from '../../src/protocol/control.ts';
import { type EndReason, MAX_HOLD_MS, type Patience } from '../../src/protocol/listening.ts';
import { type AudioPacket, MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';
import { createPartialLimiter } from './partial-limiter.ts';

/** Calls of tools in the record of a turn; the cloud accepts no more (convex/turns.ts). */
const MAX_TOOL_CALLS = 20;
/** Longest text of a call in the record, in characters. */
const MAX_TOOL_TEXT = 500;

/** What a responder can do with its turn. Calls have no effect after `finish` or after the turn was aborted. */
export interface Answer {
  /**
   * For work that runs later. Timers (`scope.clock`), callbacks (`scope.guard`) and promises (`scope.run`) of this
   * scope end with the turn, and an exception in them fails the turn, like one in the responder itself. Raw timers and
   * promises continue after the turn. Their exceptions reach the turn only where Node knows who started the work (not
   * in `queueMicrotask`); otherwise they count as faults of the gateway, which ends after more than ten in a minute.
   */
  readonly scope: Scope;
  /**
   * The utterance was received and the answer is being prepared. A text is cut to the length that a message may have.
   */
  processing(transcript?: string): void;
  /** What was recognised so far, for display. The newest is sent, five times a second at most. A text is cut in the same way. */
  partial(text: string): void;
  /**
   * For a turn whose end the device finds by listening (`ResponderTurn.patience`): the sentence is probably not finished, so the utterance
   * should not end within this time, 0 to 2,000 ms, from now on.
   */
  hold(holdMs: number): void;
  /**
   * For such a turn: the utterance is over, or there was no speech in it. Then it is not recorded, and the device cancels the turn. The
   * first time counts.
   */
  endUtterance(reason: EndReason): void;
  /**
   * The words of the answer from this time of its audio on, for display and for the record: a sentence, or a part of one.
   * `fromMs` grows from one to the next.
   */
  caption(text: string, fromMs: number): void;
  /** A tool was called to answer: for the record, of which the first {@link MAX_TOOL_CALLS} of a turn are kept. The input is JSON; a long one is cut. */
  used(call: UsedTool): void;
  /** How far the answer has come, for the latency of the turn. The first time counts. */
  reached(stage: AnswerStage): void;
  /**
   * The answer begins. The first `say` calls it if necessary. A text is the whole answer, instead of captions; it is cut in the same way.
   */
  begin(text?: string): void;
  /**
   * The next frames of the answer: Opus, 20 ms each, 1 to 1,275 bytes. `gapSamples`: silence that was left out before
   * them.
   */
  say(frames: Uint8Array[], gapSamples?: number): void;
  /** Like `say`, but the answer does not begin yet: the frames wait until it does, on the disk when there are many. */
  prepare(frames: Uint8Array[], gapSamples?: number): void;
  /**
   * The answer asks the person something, so speech should be looked for after it: where the device's owner allows that (docs/listening.md).
   * Otherwise the person is told that an answer is awaited.
   */
  asks(): void;
  /** The answer is complete. Without a `say` before it there is no answer. */
  finish(): void;
  /** The turn fails, with `responder_failed` unless the error is an EarshotError. */
  fail(error: unknown): void;
}

/** One turn of a responder. Its methods may be asynchronous; a rejection counts like an exception. */
export interface Listener {
  hear(packet: AudioPacket): void;
  /** The answer is not needed any more. */
  abort(): void;
  /**
   * How the playback of the answer goes, as the device reports it: also after `finish` or `abort`, when the next turn may have begun.
   * `aborted` says how much of an interrupted answer was heard. An exception is logged, and fails no turn.
   */
  played?(report: PlaybackReport): void;
}

/** The turn that a responder answers. */
export interface ResponderTurn {
  /** Counted by the device since its daemon started. */
  number: number;
  /** UUID. */
  id: string;
  /** The device, as it and its operator describe it when the turn begins. */
  device: DeviceProfile;
  /** Set in a turn whose end the device finds by listening, if it can be helped: how long a pause may be. */
  patience?: Patience;
  /** Set in a follow-up: the word with which the device was woken before. The person may say it again. */
  wakeWord?: string;
  /** Set in a turn that the gateway asked for: nothing was said, and this is the answer. */
  announcement?: Announcement;
}

/** Something that the gateway says by itself. */
export interface Announcement {
  /** UUID. */
  id: string;
  text: string;
}

/** A responder: called once for each turn, with its {@link Answer}. It returns the listener of the turn. */
export interface Responder {
  (turn: ResponderTurn, answer: Answer): Listener;
  /**
   * The responder promises to start later work only through `answer.scope`. Then the gateway need not track who started
   * a raw timer, which costs time for each packet, write and timer (docs/performance.md).
   */
  readonly startsNothing?: boolean;
  /** It speaks announcements itself (`turn.announcement`); for others the gateway's own voice does. */
  readonly announces?: boolean;
}

export interface ResponderOptions {
  responder: Responder;
  /** The device now: asked when a turn begins. */
  device: () => DeviceProfile;
  /** An announcement that this device was offered and that was not made yet; asked once for each. */
  takeAnnouncement?: (id: string, turn: { number: number; id: string }) => Announcement | undefined;
  received: Channel<ReceivedPacket>;
  /** Of a channel: without a closure for each session in the way of a packet. */
  reply: Pick<Channel<ReplyFrames>, 'send'>;
}

/** Runs the responder's code, and the code of the gateway that it calls. */
type Owned = <Argument, Result>(
  owner: OwnedScope['crash'],
  work: (argument: Argument) => Result,
  argument: Argument,
) => Result;
type Unowned = <First, Second>(work: (first: First, second: Second) => void, first: First, second: Second) => void;

// For a responder that starts nothing. With one or two arguments instead of any number: both are called for each packet.
const directly: Owned = (_owner, work, argument) => work(argument);
const directlyUnowned: Unowned = (work, first, second) => work(first, second);

type BeginCommand = Extract<ResponderContract['receives'], { type: 'responder.begin' }>;

interface Turn {
  number: number;
  scope: OwnedScope;
  /** Undefined until the responder has returned it. */
  listener?: Listener | undefined;
}

/** A turn whose responder wants to know of its playback. The reports come after the end of the turn's own scope, too. */
interface PlayedTurn {
  number: number;
  scope: OwnedScope;
  played(report: PlaybackReport): void;
}

/** The device reports of its last two turns. */
const PLAYED_TURNS = 2;

export function defineResponder({
  responder,
  device,
  takeAnnouncement,
  received,
  reply,
}: ResponderOptions): ActorDefinition<ResponderContract> {
  const owned: Owned = responder.startsNothing ? directly : runOwned;
  const unowned: Unowned = responder.startsNothing ? directlyUnowned : runUnowned;
  return ({ send, receive, clock, log }) => {
    let current: Turn | undefined;
    /** Oldest first. */
    const playedTurns: PlayedTurn[] = [];

    function begin({ turn: number, id, announcement: asked, patience, wakeWord }: BeginCommand): void {
      const onCrash = (thrown: unknown) => {
        const error = failureCode(thrown);
        log.error('the responder failed', { turn: id, error: error.message });
        send({ type: 'responder.failed', turn: number, error });
      };
      const scope = createScope('a turn of the responder', { clock, log, onCrash });
      const turn: Turn = { number, scope };
      current = turn;
      const answer = createAnswer({ turn: number, scope, send, reply, unowned });
      const announcement = asked === undefined ? undefined : takeAnnouncement?.(asked, { number, id });
      // It was made already, or was never offered: there is nothing to say.
      const answers = asked !== undefined && !announcement ? silent : responder;
      const start = (): void => {
        const about = {
          number,
          id,
          device: device(),
          ...(announcement && { announcement }),
          ...(patience && { patience }),
          ...(wakeWord !== undefined && { wakeWord }),
        };
        const listener: Partial<Listener> | undefined = answers(about, answer);
        if (typeof listener?.hear !== 'function') throw new TypeError('it returned no listener');
        turn.listener = listener as Listener;
        if (listener.played) remember(number, id, (report) => listener.played?.(report));
      };
      callResponder(turn, start, undefined);
    }

    function remember(number: number, id: string, listener: PlayedTurn['played']): void {
      const onCrash = (thrown: unknown) =>
        log.error('the responder failed at a report of the playback', { turn: id, error: messageOf(thrown) });
      const scope = createScope('the playback of an answer', { clock, log, onCrash });
      playedTurns.push({ number, scope, played: listener });
      if (playedTurns.length > PLAYED_TURNS) playedTurns.shift()?.scope.end();
    }

    /**
     * Calls the responder's code, guarded as by the scope of its turn, so that work started there belongs to the turn. No closure for it:
     * each packet comes through here.
     */
    function callResponder<Argument>(
      { scope }: { scope: OwnedScope },
      work: (argument: Argument) => unknown,
      argument: Argument,
    ): void {
      if (scope.isOver()) return;
      try {
        const outcome = owned(scope.crash, work, argument);
        if (outcome instanceof Promise) scope.run(() => outcome);
      } catch (error) {
        scope.crash(error);
      }
    }

    /** The packet of the call: what `callResponder` calls needs no closure of its own. */
    const hear = (packet: AudioPacket): unknown => current?.listener?.hear(packet);

    function played({
      type: _,
      ...report
    }: Extract<ResponderContract['receives'], { type: 'responder.played' }>): void {
      const turn = playedTurns.find(({ number }) => number === report.turn);
      if (turn) callResponder(turn, turn.played, report);
    }

    function abandon(): void {
      const turn = current;
      current = undefined;
      if (!turn) return;
      turn.scope.onEnd(() => owned(turn.scope.crash, () => turn.listener?.abort(), undefined));
      turn.scope.end();
    }

    receive(received, ({ turn, packet }) => {
      if (current?.number === turn) callResponder(current, hear, packet);
    });
    return {
      receive(event) {
        if (event.type === 'responder.played') return played(event);
        abandon();
        if (event.type === 'responder.begin') begin(event);
      },
      stop() {
        abandon();
        for (const { scope } of playedTurns) scope.end();
      },
    };
  };
}

const silent: Responder = (_turn, answer) => ({
  hear({ final }) {
    if (final) answer.finish();
  },
  abort() {},
});

function cutCall({ name, input, error }: UsedTool): UsedTool {
  const clip = (text: string) => clipText(text, MAX_TOOL_TEXT);
  return { name: clip(name), input: clip(input), ...(error !== undefined && { error: clip(error) }) };
}

interface AnswerOptions {
  turn: number;
  scope: OwnedScope;
  send: (event: ResponderContract['sends']) => void;
  reply: ResponderOptions['reply'];
  /** Runs the gateway's own code, outside the responder's scope. */
  unowned: Unowned;
}

function createAnswer({ turn, scope, send, reply, unowned }: AnswerOptions): Answer {
  let begun = false;
  let toolCalls = 0;
  let isEnded = false;
  const { clock } = scope;
  const partial = createPartialLimiter(clock, (text) =>
    unowned(send, { type: 'responder.partial', turn, text }, undefined),
  );

  /** Calls have no effect after the turn; the gateway's code runs in the gateway's scope. */
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

  function prepare(frames: Uint8Array[], gapSamples = 0, begins = false): void {
    const wrong = whatIsWrong(frames, gapSamples);
    if (wrong !== undefined) return scope.crash(new TypeError(wrong));
    if (begins && !begun) begin();
    reply.send({ turn, frames, gapSamples, final: false });
  }

  const sayNow = (frames: Uint8Array[], gapSamples?: number): void => prepare(frames, gapSamples, true);

  return {
    scope,
    processing: ours((transcript?: string) => {
      const words = transcript === undefined ? {} : { transcript: cut(transcript) };
      send({ type: 'responder.processing', turn, ...words });
    }),
    partial: ours((text: string) => partial(cut(text))),
    hold: ours((holdMs: number) => {
      const isTime = Number.isFinite(holdMs) && holdMs >= 0 && holdMs <= MAX_HOLD_MS;
      if (!isTime) return scope.crash(new TypeError(`holdMs is a time of up to ${MAX_HOLD_MS} ms`));
      if (!isEnded) send({ type: 'responder.hold', turn, holdMs });
    }),
    endUtterance: ours((reason: EndReason) => {
      if (isEnded) return;
      isEnded = true;
      send({ type: 'responder.end', turn, reason });
    }),
    caption: ours((text: string, fromMs: number) => {
      const isTime = Number.isFinite(fromMs) && fromMs >= 0 && fromMs <= MAX_DURATION_MS;
      if (!isTime) return scope.crash(new TypeError('fromMs of a caption is a time in the reply, in ms'));
      send({ type: 'responder.caption', turn, text: cut(text), fromMs });
    }),
    used: ours((call: UsedTool) => {
      if (toolCalls >= MAX_TOOL_CALLS) return;
      toolCalls += 1;
      send({ type: 'responder.tool', turn, call: cutCall(call) });
    }),
    reached: ours((stage: AnswerStage) => send({ type: 'responder.stage', turn, stage, atMs: clock.now() })),
    begin: ours(begin),
    // Without `ours`, and so without two more objects for each packet.
    say(frames, gapSamples) {
      if (!scope.isOver()) unowned(sayNow, frames, gapSamples);
    },
    prepare: ours((frames: Uint8Array[], gapSamples?: number) => prepare(frames, gapSamples)),
    asks: ours(() => send({ type: 'responder.asks', turn })),
    finish: ours(() => {
      scope.end();
      if (begun) reply.send({ turn, frames: [], gapSamples: 0, final: true });
      send({ type: 'responder.finished', turn });
    }),
    fail: ours((error: unknown) => scope.crash(error)),
  };
}

function failureCode(thrown: unknown): ErrorInfo {
  if (thrown instanceof EarshotError) return { ...thrown.info, message: cut(thrown.message) };
  const hint = 'The turn may be repeated; see the log of the gateway.';
  return { code: 'responder_failed', message: cut(`The responder failed: ${messageOf(thrown)}`), hint };
}

/** What the wire cannot transport is refused here, so that the responder gets the error. */
function whatIsWrong(frames: readonly unknown[], gapSamples: unknown): string | undefined {
  if (!Array.isArray(frames) || !frames.every(isFrame)) return `frames have 1 to ${MAX_FRAME_BYTES} bytes each`;
  if (!Number.isInteger(gapSamples) || Number(gapSamples) < 0) return 'gapSamples must be a whole number, 0 or more';
  return undefined;
}

function isFrame(frame: unknown): boolean {
  return frame instanceof Uint8Array && frame.length >= 1 && frame.length <= MAX_FRAME_BYTES;
}

function cut(text: unknown): string {
  return clipText(messageOf(text));
}
