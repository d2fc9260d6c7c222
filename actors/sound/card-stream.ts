/**
 * A stream of a sound card, in one direction. Never both in one: a duplex stream burns a whole core in PortAudio.
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
  /** Ends the stream. It takes 20 ms to 2 s, or for ever when the card is gone: nobody waits for it but the next opening. */
  close(): void;
}

export interface CardStreamOptions {
  direction: Direction;
  /** Part of the device's name. */
  device?: string;
  /** PortAudio's block, in samples at 16 kHz. */
  blockSamples: number;
  /** How much may wait between the card and us, in blocks. */
  maxQueue: number;
  /** The real one unless a test brings its own. */
  naudiodon?: Naudiodon;
}

/** Streams that are being closed: most cards can be opened only once. Each ends when it is, or has taken too long. */
const closing = new Set<Promise<void>>();
/** Streams that take too long to close: their card is gone. */
const stuck = new Set<Promise<void>>();
/** From a stream's own end: PulseAudio may take 2 s before it takes the last block. */
const CLOSING_TAKES_MS = 2_500;
/** Threads that libuv must keep for files, names and a stream in each direction. */
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

/** Not in the scope of the actor that had it open: it takes longer than that lives. */
async function closedOrStuck(stream: NativeStream): Promise<void> {
  const patience = new AbortController();
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
 * Waits for the streams that are being closed, and says whether all of them are. One that is not in time will hardly ever
 * be: its card is gone, it keeps a thread of libuv, and the process has to be ended by `leaveProcess`.
 */
export async function cardsClosed(): Promise<boolean> {
  await Promise.all(closing);
  return stuck.size === 0;
}

/** An open stream and a stuck one each hold a thread; without a spare one nothing in this process gets done any more. */
function checkThreads(): void {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  if (stuck.size <= threads - SPARE_THREADS) return;
  throw new EarshotError(
    'device_open_failed',
    `The sound library still holds on to ${stuck.size} cards that were lost`,
    'Start Earshot again; a larger UV_THREADPOOL_SIZE makes it last longer.',
  );
}

interface OpenedStream {
  stream: NativeStream;
  sampleRateHz: number;
  channels: number;
}

/** What PortAudio says of a format that the card does not have; anything else would be said of each format. */
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
    'Is another program using it? `earshot devices` lists what there is; --device NAME chooses another.',
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
