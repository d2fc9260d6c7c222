/** A responder that says the same speech always: as its answer, and as an announcement. */
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';

export function saying(reply: Int16Array, delayMs = 0): Responder {
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  for (let at = 0; at + RECOMMENDED_FRAME_SIZE <= reply.length; at += RECOMMENDED_FRAME_SIZE) {
    frames.push(encoder.encode(reply.slice(at, at + RECOMMENDED_FRAME_SIZE)));
  }
  const responder: Responder = ({ announcement }, answer) => {
    const sayIt = () => {
      answer.say(frames);
      answer.finish();
    };
    if (announcement) sayIt();
    return {
      hear({ final }) {
        if (!final) return;
        answer.processing();
        answer.scope.clock.setTimeout(sayIt, delayMs);
      },
      abort() {},
    };
  };
  return Object.assign(responder, { startsNothing: true, announces: true });
}
