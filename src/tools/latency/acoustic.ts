/**
 * Turns measured from outside: a chirp is played into the microphone and recorded again from the speaker. The result has the daemon's own
 * latencies of the same turn beside it, so that the sum of its stages can be verified.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnRecord } from '../../../machines/turn-record.ts';
import { EarshotError } from '../../core/errors.ts';
import { reportTurn } from '../../observability/turn-report.ts';
import { FRAME_MS } from '../../protocol/format.ts';
import type { FromInstrument, InstrumentOptions, ToInstrument } from './instrument.ts';
import type { MeasuredDevice } from './measured-device.ts';

/** A sound server may need seconds to give the first block. */
const READY_MS = 10_000;
const ANSWER_MS = 5_000;
const LEAVE_MS = 1_500;
/** From the first packet to the chirp: the stream is steady. Spread over more than a packet, so that no phase is preferred. */
const SETTLE_MS = 150;
const SPREAD_MS = 137;
/**
 * From the end of the chirp to the end of the utterance. With `echo` the reply may take that long: a device stops at
 * the end of the reply.
 */
const AFTER_MS = 150;
/** The delay of Opus: 2.5 ms of overlap and 4 ms of look-ahead (RFC 6716 §2.1.7 and libopus's OPUS_GET_LOOKAHEAD). */
const CODEC_DELAY_MS = 6.5;

export interface Instrument {
  /** Resolves when the chirp was written to the card. */
  chirp(): Promise<void>;
  /** From the last chirp in the air to the same chirp in the reply; undefined if it was not found. */
  find(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** The measured delay of one turn, and the part of it that the daemon's latencies explain. */
export interface AcousticTurn {
  /** `echo`: mouth to ear (from loudspeaker to microphone). `parrot`: end of speech to the first sample of the reply. */
  measured: 'mouth-to-ear' | 'answer';
  heardMs: number;
  accountedMs: number;
  /** What the path and this process have taught changes from turn to turn: the buffer's delay and the speaker's. */
  bufferMs: number;
  speakerMs: number;
}

/** The instrument is this program again (`program`: the path of its cli.js). */
export async function startInstrument(
  options: InstrumentOptions,
  program = process.argv[1] ?? '',
): Promise<Instrument> {
  const { loudspeaker, microphone, reference } = options;
  const args = ['latency', '--instrument', '--output-device', loudspeaker, '--input-device', microphone];
  const child = fork(program, reference === undefined ? args : [...args, '--reference', reference], {
    // Native libraries print to 1 and 2.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, EARSHOT_STDOUT: '1', EARSHOT_STDERR: '2' },
  });
  let failure: EarshotError | undefined;
  let waiting: { type: FromInstrument['type']; take(message: FromInstrument): void } | undefined;
  let onFailure: (error: EarshotError) => void = () => {};
  const fail = (error: EarshotError) => {
    failure ??= error;
    onFailure(failure);
  };
  child.on('message', (message: FromInstrument) => {
    if (message.type === 'failed') return fail(explain(message.error));
    if (waiting?.type === message.type) waiting.take(message);
  });
  child.on('exit', (code, signal) => fail(broken(`it ended by ${signal ?? `code ${code}`}`)));

  function answer<T extends FromInstrument['type']>(type: T, withinMs: number, ask?: ToInstrument) {
    return new Promise<Extract<FromInstrument, { type: T }>>((resolve, reject) => {
      const patience = setTimeout(() => reject(broken(`no answer within ${withinMs / 1_000} s`)), withinMs);
      const end = () => {
        clearTimeout(patience);
        waiting = undefined;
        onFailure = () => {};
      };
      onFailure = (error) => {
        end();
        reject(error);
      };
      if (failure) return onFailure(failure);
      waiting = {
        type,
        take(message) {
          end();
          resolve(message as Extract<FromInstrument, { type: T }>);
        },
      };
      if (ask) child.send(ask);
    });
  }

  async function close(): Promise<void> {
    onFailure = () => {};
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit').then(() => true);
    if (child.connected) child.disconnect();
    // A lost card would hold the process for ever.
    if (!(await Promise.race([ended, sleep(LEAVE_MS, false, { ref: false })]))) child.kill('SIGKILL');
  }
  try {
    await answer('ready', READY_MS);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    chirp: async () => void (await answer('chirped', ANSWER_MS, { do: 'chirp' })),
    find: async () => (await answer('found', ANSWER_MS, { do: 'find' })).delayMs,
    close,
  };
}

/** One turn with a chirp in it. `delayMs` is undefined if the chirp was not found. */
export async function takeAcousticTurn(
  device: MeasuredDevice,
  instrument: Instrument,
): Promise<{ record: TurnRecord; delayMs: number | undefined }> {
  const streaming = device.entered('streaming').then(() => true);
  const finished = device.finished();
  device.press();
  const isSpeaking = await Promise.race([streaming, finished.then(() => false)]);
  if (isSpeaking) {
    await sleep(SETTLE_MS + Math.random() * SPREAD_MS);
    await instrument.chirp();
    await sleep(AFTER_MS);
    device.press();
  }
  const record = await finished;
  return { record, delayMs: isSpeaking ? await instrument.find() : undefined };
}

/**
 * @param delayMs from the chirp in the air to the chirp in the reply
 * @returns undefined for a turn that was not answered
 */
export function compareStages(record: TurnRecord, delayMs: number): AcousticTurn | undefined {
  const { latencyMs: stages, outcome, sent } = reportTurn(record);
  if (outcome !== 'done') return undefined;
  const isEcho = (record.timing?.firstReplySentAtMs ?? 0) < (record.timing?.finalReceivedAtMs ?? 0);
  // The parrot repeats the whole utterance: the beginning of its reply is earlier than the chirp by the position of the
  // chirp in the utterance.
  const heardMs = isEcho ? delayMs : delayMs - sent.frames * FRAME_MS;
  const { total = 0, jitterBuffer = 0, decode = 0 } = stages;
  // The chirp was in the middle of a stream, to which the jitter buffer has given the delay that it considers safe. Its
  // capture, packet and playback delays depend on its packet, like those of the first sample, which is measured. For a
  // reply that was sent ahead, the buffer's delay is not part of the measurement; time that the buffer inserts after
  // the first sample makes the delay longer.
  const { delayMs: bufferMs = 0, outMs = 0, playedMs = 0 } = record.playback ?? {};
  const inBufferMs = isEcho ? bufferMs : jitterBuffer + decode + outMs - playedMs;
  const accountedMs = CODEC_DELAY_MS + total - jitterBuffer - decode + inBufferMs;
  const speakerMs = record.playbackStart?.outputLatencyMs ?? 0;
  return { measured: isEcho ? 'mouth-to-ear' : 'answer', heardMs, accountedMs, bufferMs: inBufferMs, speakerMs };
}

function broken(why: string): EarshotError {
  return new EarshotError(
    'sound_unavailable',
    `The measuring instrument does not work: ${why}`,
    'Try --output-device, --input-device and --reference with earshot devices.',
  );
}

function explain({ code, message, hint }: EarshotError['info']): EarshotError {
  return new EarshotError(code, message, hint);
}
