/**
 * A microphone and a speaker; the test supplies and receives each block.
 */
import { demandBlock } from '../../actors/sound/demand.ts';
import type { MicrophoneHandlers, OpenMicrophone, OpenSpeaker, SpeakerHandlers } from '../../actors/sound/port.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';

export const UNPLUGGED = new EarshotError('device_lost', 'The card is gone', 'Connect it again.');

interface FakeDevice<Handlers> {
  handlers: Handlers | undefined;
  opened: number;
  isOpen: boolean;
  /** The next attempts to open fail with this error. */
  failure: EarshotError | undefined;
}

export function fakeMicrophone() {
  const fake: FakeDevice<MicrophoneHandlers> & { open: OpenMicrophone } = {
    handlers: undefined,
    opened: 0,
    isOpen: false,
    failure: undefined,
    open: async (handlers) => {
      if (fake.failure) throw fake.failure;
      fake.opened += 1;
      fake.isOpen = true;
      fake.handlers = handlers;
      return {
        device: `microphone ${fake.opened}`,
        close: () => {
          fake.isOpen = false;
        },
      };
    },
  };
  return fake;
}

export function fakeSpeaker(outputLatencyMs = 0) {
  let clock: Clock | undefined;
  const fake: FakeDevice<SpeakerHandlers> & { open: OpenSpeaker; demand(): Int16Array } = {
    handlers: undefined,
    opened: 0,
    isOpen: false,
    failure: undefined,
    open: async (handlers, scope) => {
      if (fake.failure) throw fake.failure;
      fake.opened += 1;
      fake.isOpen = true;
      fake.handlers = handlers;
      clock = scope.clock;
      return {
        device: `speaker ${fake.opened}`,
        outputLatencyMs,
        close: () => {
          fake.isOpen = false;
        },
      };
    },
    /** The card plays 10 ms. */
    demand(): Int16Array {
      const block = new Int16Array(160);
      if (fake.handlers && clock) demandBlock(fake.handlers.onDemand, block, clock.now());
      return block;
    },
  };
  return fake;
}
