/**
 * A WAV file as a speaker: it requests samples in real time and stores them, from the first content on. Each time it is
 * opened the file begins again; standard output (`-`) is one stream for all of them.
 */
import type { EarshotError } from '../../src/core/errors.ts';
import { outputName } from '../../src/core/files/descriptors.ts';
import { unwritable } from '../../src/core/files/file-errors.ts';
import { FRAME_SIZE_10_MS, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { demandBlock } from './demand.ts';
import { startPeriodicTimer } from './periodic-timer.ts';
import type { OpenSpeaker } from './port.ts';
import { openWavSink, type WavSink } from './wav-sink.ts';

/**
 * How long a reader may take nothing: less than a reply may take to end (machines/playback.ts), so that this reason is
 * reported.
 */
const READER_PATIENCE_MS = 8_000;

export function wavSpeaker(path: string, open: (path: string) => WavSink = openWavSink): OpenSpeaker {
  const device = outputName(path);
  let standardOutput: WavSink | undefined;
  return async ({ onDemand, onLost }, { clock }) => {
    const sink = standardOutput ?? open(path);
    if (sink.staysOpen) standardOutput = sink;
    const block = new Int16Array(FRAME_SIZE_10_MS);
    let closed = false;
    let begun = false;
    let readyAtMs = clock.now();
    const close = (): void => {
      if (closed) return;
      closed = true;
      timer.stop();
      if (sink.staysOpen) sink.flush();
      else sink.close();
    };
    /** Undefined when it fails: then the speaker is closed. */
    const tried = <Result>(work: () => Result): Result | undefined => {
      try {
        return work();
      } catch (error) {
        close();
        onLost(error as EarshotError);
        return undefined;
      }
    };
    /** A reader that is slower than real time delays playback. */
    const takesMore = (): boolean => {
      const nowMs = clock.now();
      if (sink.isReady()) readyAtMs = nowMs;
      else if (nowMs - readyAtMs > READER_PATIENCE_MS) {
        throw unwritable(device, 'its reader does not read', 'Is the program behind the pipe busy, or stopped?');
      }
      return readyAtMs === nowMs;
    };
    const timer = startPeriodicTimer(clock, FRAME_SIZE_10_MS / SAMPLES_PER_MS, (dueAtMs) => {
      if (!tried(takesMore)) return;
      demandBlock(onDemand, block, dueAtMs);
      if (closed) return;
      // The speaker is opened long before the reply: the file begins with the reply.
      begun ||= block.some((sample) => sample !== 0);
      if (begun) tried(() => sink.write(block));
    });
    return { device, outputLatencyMs: sink.latencyMs, close };
  };
}
