/** What a responder can do with its turn, until it has ended: each call becomes an event of the actor or a part of the reply. */
import type { Channel } from '../../src/core/actor/channel.ts';
import type { ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { OwnedScope } from '../../src/core/actor/scope.ts';
import type { AnswerStage, ResponderContract, UsedTool } from '../../src/core/contracts/index.ts';
import { messageOf } from '../../src/core/errors.ts';
import { clipText, MAX_DURATION_MS } from '../../src/protocol/bounds.ts';
import { type EndReason, MAX_HOLD_MS } from '../../src/protocol/listening.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';
import { createPartialLimiter } from './partial-limiter.ts';
import { type Answer, MAX_TOOL_CALLS } from './responder.ts';

/** Longest text of a call in the record, in characters. */
const MAX_TOOL_TEXT = 500;

function cutCall({ name, input, error }: UsedTool): UsedTool {
  const clip = (text: string) => clipText(text, MAX_TOOL_TEXT);
  return { name: clip(name), input: clip(input), ...(error !== undefined && { error: clip(error) }) };
}

export interface AnswerOptions {
  turn: number;
  scope: OwnedScope;
  send: (event: ResponderContract['sends']) => void;
  reply: Pick<Channel<ReplyFrames>, 'send'>;
  /** Runs the gateway's own code, outside the responder's scope. */
  unowned: <First, Second>(work: (first: First, second: Second) => void, first: First, second: Second) => void;
}

export function createAnswer({ turn, scope, send, reply, unowned }: AnswerOptions): Answer {
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
    send({ type: 'responder.replying', turn, ...(text === undefined ? {} : { text: wireText(text) }) });
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
      const words = transcript === undefined ? {} : { transcript: wireText(transcript) };
      send({ type: 'responder.processing', turn, ...words });
    }),
    partial: ours((text: string) => partial(wireText(text))),
    hold: ours((holdMs: number, waitFactor?: number) => {
      const isTime = Number.isFinite(holdMs) && holdMs >= 0 && holdMs <= MAX_HOLD_MS;
      if (!isTime) return scope.crash(new TypeError(`holdMs is a time of up to ${MAX_HOLD_MS} ms`));
      const why = waitFactor === undefined ? {} : { waitFactor };
      if (!isEnded) send({ type: 'responder.hold', turn, holdMs, ...why });
    }),
    endUtterance: ours((reason: EndReason) => {
      if (isEnded) return;
      isEnded = true;
      send({ type: 'responder.end', turn, reason });
    }),
    caption: ours((text: string, fromMs: number) => {
      const isTime = Number.isFinite(fromMs) && fromMs >= 0 && fromMs <= MAX_DURATION_MS;
      if (!isTime) return scope.crash(new TypeError('fromMs of a caption is a time in the reply, in ms'));
      send({ type: 'responder.caption', turn, text: wireText(text), fromMs });
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

/** What the wire cannot transport is refused here, so that the responder gets the error. */
function whatIsWrong(frames: readonly unknown[], gapSamples: unknown): string | undefined {
  if (!Array.isArray(frames) || !frames.every(isFrame)) return `frames have 1 to ${MAX_FRAME_BYTES} bytes each`;
  if (!Number.isInteger(gapSamples) || Number(gapSamples) < 0) return 'gapSamples must be a whole number, 0 or more';
  return undefined;
}

function isFrame(frame: unknown): boolean {
  return frame instanceof Uint8Array && frame.length >= 1 && frame.length <= MAX_FRAME_BYTES;
}

/** As long as a text of the wire may be. */
export function wireText(text: unknown): string {
  return clipText(messageOf(text));
}
