/**
 * A stream of a sound card, in one direction. Never a duplex stream: in PortAudio it uses a whole core.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EarshotError } from '../../src/core/errors.ts';
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { type Direction, findDevice, listDevices, type SoundDevice } from './device-search.ts';
import { loadNaudiodon, type NativeStream, type Naudiodon } from './naudiodon.ts';

export interface CardStream {
  readonly device: SoundDevice;
  readonly stream: NativeStream;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Ends the stream. It takes 20 ms to 2 s, or for ever when the card is gone: only the next opening waits for it. */
  close(): void;
}

export interface CardStreamOptions {
  direction: Direction;
  /** Part of the device's name. */
  device?: string;
  /** PortAudio's block, in samples at 16 kHz. */
  blockSamples: number;
  /** Blocks that may be queued between the card and this process. */
  maxQueue: number;
  /** The real binding by default; a test passes its own. */
  naudiodon?: Naudiodon;
}

/**
 * Streams that are being closed: most cards can be opened only once. An entry ends when its stream is closed, or has
 * taken too long.
 */
const closing = new Set<Promise<void>>();
/** Streams that take too long to close: their card is lost. */
const stuck = new Set<Promise<void>>();
/** Measured from the end of the stream: PulseAudio may take 2 s before it takes the last block. */
const CLOSING_TAKES_MS = 2_500;
/** Threads of libuv that files, names and a stream in each direction need. */
const SPARE_THREADS = 3;

/**
 * Opens and starts a stream: at 16 kHz mono when the card can, else stereo, else at the card's own rate.
 *
 * @throws EarshotError `sound_unavailable`, `device_not_found`, `device_open_failed`
 */
export async function openCardStream(options: CardStreamOptions): Promise<CardStream> {
  const naudiodon = options.naudiodon ?? loadNaudiodon();
  await cardsClosed();
  checkThreads();
  const device = findDevice(listDevices(naudiodon), options.direction, options.device);
  const { stream, ...format } = create(naudiodon, device, options);
  const close = (): void => closeStream(stream);
  try {
    stream.start();
  } catch (cause) {
    close();
    throw openFailed(device, cause);
  }
  return { device, stream, ...format, close };
}

function closeStream(stream: NativeStream): void {
  const ended = closedOrStuck(stream).finally(() => closing.delete(ended));
  closing.add(ended);
}

/** Not in the scope of the actor that opened it: closing takes longer than that scope lasts. */
async function closedOrStuck(stream: NativeStream): Promise<void> {
  const patience = new AbortController();
  // A lost card cannot be closed in order, which was told when it was lost.
  const closed = stream
    .quit('ABORT')
    .catch(() => undefined)
    .finally(() => {
      patience.abort();
      stuck.delete(closed);
    });
  const { signal } = patience;
  await sleep(CLOSING_TAKES_MS, undefined, { signal }).then(
    () => stuck.add(closed),
    () => undefined, // closed in time
  );
}

/**
 * Waits for the streams that are being closed. Returns whether all of them are. One that is not closed in time will
 * hardly ever be: its card is lost, it holds a thread of libuv, and `leaveProcess` has to end the process.
 */
export async function cardsClosed(): Promise<boolean> {
  await Promise.all(closing);
  return stuck.size === 0;
}

/**
 * An open stream and a stuck one each hold a thread; without a spare thread no file or name operation of this process
 * completes.
 */
function checkThreads(): void {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  if (stuck.size <= threads - SPARE_THREADS) return;
  throw new EarshotError(
    'device_open_failed',
    `The sound library still holds ${stuck.size} cards that were lost`,
    'Start Earshot again; a larger UV_THREADPOOL_SIZE delays this.',
  );
}

interface OpenedStream {
  stream: NativeStream;
  sampleRateHz: number;
  channels: number;
}

/** PortAudio's errors for a format that the card does not support; other errors do not depend on the format. */
const REFUSED_FORMAT = /sample rate|number of channels|channel count|sample format/i;

function create(naudiodon: Naudiodon, device: SoundDevice, options: CardStreamOptions): OpenedStream {
  const maxChannels = options.direction === 'input' ? device.inputChannels : device.outputChannels;
  const rates = [...new Set([SAMPLE_RATE_HZ, device.defaultSampleRateHz])];
  const formats = rates.flatMap((sampleRateHz) => [1, 2].map((channels) => ({ sampleRateHz, channels })));
  let refusal: unknown;
  for (const { sampleRateHz, channels } of formats.filter((format) => format.channels <= maxChannels)) {
    const native = {
      deviceId: device.id,
      channelCount: channels,
      sampleFormat: 16,
      sampleRate: sampleRateHz,
      closeOnError: true,
      framesPerBuffer: Math.round((options.blockSamples * sampleRateHz) / SAMPLE_RATE_HZ),
      maxQueue: options.maxQueue,
    } as const;
    try {
      const stream = naudiodon.create(options.direction === 'input' ? { inOptions: native } : { outOptions: native });
      return { stream, sampleRateHz, channels };
    } catch (cause) {
      refusal = cause;
      if (!REFUSED_FORMAT.test(String(cause))) break;
    }
  }
  throw openFailed(device, refusal);
}

function openFailed(device: SoundDevice, cause: unknown): EarshotError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EarshotError(
    'device_open_failed',
    `${device.name} cannot be opened: ${reason}`,
    'Is another program using it? `earshot devices` lists the devices; --device NAME chooses another, --input-device and --output-device one for each direction.',
    { cause },
  );
}

export function deviceLost(device: SoundDevice): EarshotError {
  return new EarshotError(
    'device_lost',
    `${device.name} has stopped working`,
    'Check that it is connected; Earshot looks for it again.',
  );
}
