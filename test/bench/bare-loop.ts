/**
 * The floor of the acoustic latency: the microphone's samples are written to the speaker unchanged, in blocks of a
 * packet. No codec, no network, no jitter: only a packet and two cards. `bare-loop.ts FRAMES_PER_PACKET ITERATIONS`
 * prints ms, one per line.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { cardMicrophone } from '../../actors/sound/card-microphone.ts';
import { cardSpeaker } from '../../actors/sound/card-speaker.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { startInstrument } from '../../src/tools/latency/acoustic.ts';
import { testScope } from '../support/test-scope.ts';
import { here } from './children.ts';

const [framesPerPacket = 3, iterations = 10] = process.argv.slice(2).map(Number);
const captureBlockSamples = framesPerPacket * RECOMMENDED_FRAME_SIZE;
const device = 'line';
/** The length of a chirp, its delay and a packet. */
const HEARD_MS = 450;

let waiting = new Int16Array(0);
const onLost = (error: unknown) => {
  throw error;
};
await cardMicrophone({ device, captureBlockSamples })(
  {
    onSamples(block) {
      const more = new Int16Array(waiting.length + block.length);
      more.set(waiting);
      more.set(block, waiting.length);
      waiting = more;
    },
    onEnd() {},
    onOverflow() {},
    onLost,
  },
  testScope(systemClock),
);
await cardSpeaker({ device })(
  {
    onDemand(block) {
      // A packet that arrives while the last one is still playing would wait for ever: the excess is dropped.
      const surplus = waiting.length - captureBlockSamples;
      if (surplus > 0) waiting = waiting.slice(surplus);
      block.set(waiting.subarray(0, block.length));
      waiting = waiting.slice(block.length);
      return block.length;
    },
    onUnderflow() {},
    onLost,
  },
  testScope(systemClock),
);
const program = here('../../dist/cli.js');
const instrument = await startInstrument({ loudspeaker: 'mouth', microphone: 'ear', reference: 'micear' }, program);
for (let i = 0; i < iterations; i++) {
  await sleep(Math.random() * 60);
  await instrument.chirp();
  await sleep(HEARD_MS);
  const delayMs = await instrument.find();
  if (delayMs !== undefined) process.stdout.write(`${delayMs}\n`);
}
await instrument.close();
process.exit();
