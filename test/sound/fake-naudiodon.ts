/** The native binding with one microphone whose results the test supplies: refused formats, xruns, silence. */
import type { NativeStream, NativeStreamOptions, Naudiodon } from '../../actors/sound/naudiodon.ts';

export interface FakeCard {
  naudiodon: Naudiodon;
  /** The formats that were tried, as `rate/channels`. */
  tried: string[];
  /** Answers the pending read with this many bytes of a constant, or with an error. */
  deliver(answer: { samples?: Int16Array; err?: string; finished?: boolean }): Promise<void>;
  pendingReadBytes(): number | undefined;
  quits: number;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function fakeCard(takes: (format: string) => boolean = () => true, refusal = 'Invalid sample rate'): FakeCard {
  const tried: string[] = [];
  let read:
    | { bytes: number; resolve: (answer: { err?: string; buf?: Buffer; finished?: boolean }) => void }
    | undefined;
  const stream: NativeStream = {
    start() {},
    read: (bytes) =>
      new Promise((resolve) => {
        read = { bytes, resolve };
      }),
    write: () => new Promise(() => {}),
    async quit() {
      card.quits++;
      read?.resolve({ finished: true });
    },
  };
  const card: FakeCard = {
    tried,
    quits: 0,
    naudiodon: {
      getDevices: () => [
        {
          id: 0,
          name: 'fake',
          maxInputChannels: 2,
          maxOutputChannels: 2,
          defaultSampleRate: 48_000,
          hostAPIName: 'Fake',
        },
      ],
      getHostAPIs: () => ({ defaultHostAPI: 0, HostAPIs: [{ defaultInput: 0, defaultOutput: 0 }] }),
      create(options) {
        const native: NativeStreamOptions = 'inOptions' in options ? options.inOptions : options.outOptions;
        const format = `${native.sampleRate}/${native.channelCount}`;
        tried.push(format);
        if (!takes(format)) throw new Error(`Format not supported: ${refusal}`);
        return stream;
      },
    },
    pendingReadBytes: () => read?.bytes,
    async deliver({ samples, err, finished }) {
      const { resolve } = read ?? {};
      read = undefined;
      resolve?.({
        ...(samples && { buf: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength) }),
        ...(err && { err }),
        ...(finished && { finished }),
      });
      await settled();
    },
  };
  return card;
}
