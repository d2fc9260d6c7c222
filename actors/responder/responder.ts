/**
 * The interface of a responder: it receives the packets of a turn as they arrive and may answer at any time. A responder is third-party
 * code: its faults fail its turn only (responder-actor.ts).
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import type { AnswerStage, UsedTool } from '../../src/core/contracts/index.ts';
import type { DeviceProfile } from '../../src/core/device-profile.ts';
import type { PlaybackReport } from '../../src/protocol/control.ts';
import type { EndReason, Patience } from '../../src/protocol/listening.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

/** Calls of tools in the record of a turn; the cloud accepts no more (convex/turns.ts). */
export const MAX_TOOL_CALLS = 20;

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
   *
   * @param waitFactor of all waits: above 1, this person was cut off before. The inspector shows it
   */
  hold(holdMs: number, waitFactor?: number): void;
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
