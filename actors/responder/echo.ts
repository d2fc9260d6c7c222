/**
 * `echo`: sends back each packet as it arrives, full duplex. For measurements.
 */

import type { AudioPacket } from '../../src/protocol/packet.ts';
import { createGapMeter } from './gap-meter.ts';
import type { Answer, Listener, Responder } from './responder.ts';

export const echo: Responder = Object.assign((_turn: unknown, answer: Answer) => new Echo(answer), {
  startsNothing: true,
});

class Echo implements Listener {
  readonly #answer: Answer;
  readonly #gap = createGapMeter();

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  hear({ timestamp, frames, final }: AudioPacket): void {
    if (frames.length > 0) this.#answer.say(frames, this.#gap(timestamp, frames.length));
    if (final) this.#answer.finish();
  }

  abort(): void {}
}
