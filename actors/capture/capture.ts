/**
 * Capture: opens the microphone for a turn and delivers exact 20 ms frames on a monotonic sample clock, for any block
 * size of the card. When a card disappears, capture searches for it until it is back; the sample clock skips the
 * missing samples.
 */

import type { ActorDefinition, ActorScope } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { SpeechEvent } from '../../src/core/actor/data-plane.ts';
import { guardEach } from '../../src/core/actor/scope.ts';
import type { CaptureContract } from '../../src/core/contracts/index.ts';
import { errorFields, errorInfo } from '../../src/core/errors.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { Microphone, OpenMicrophone } from '../sound/port.ts';
import { createCaptureWatch } from './capture-watch.ts';
import { createFramer } from './framer.ts';

const REOPEN_INTERVAL_MS = 1_000;

export interface CaptureOptions {
  openMicrophone: OpenMicrophone;
  speech: Channel<SpeechEvent>;
  /** Gets each block as it arrives, for level meters. */
  onBlock?: (samples: Int16Array) => void;
}

export function defineCapture(options: CaptureOptions): ActorDefinition<CaptureContract> {
  return (scope) => {
    let recording: Recording | undefined;
    return {
      receive(event) {
        switch (event.type) {
          case 'capture.start':
            recording?.abort();
            recording = startRecording(event.turn, options, scope);
            return;
          case 'capture.stop':
            if (recording?.turn === event.turn) recording.stop();
            return;
          case 'capture.abort':
            if (recording?.turn !== event.turn) return;
            recording.abort();
            recording = undefined;
        }
      },
      stop() {
        recording?.abort();
        recording = undefined;
      },
    };
  };
}

interface Recording {
  turn: number;
  /** Capture ends when the samples up to this time have arrived. */
  stop(): void;
  abort(): void;
}

function startRecording(
  turn: number,
  { openMicrophone, speech, onBlock }: CaptureOptions,
  scope: ActorScope<CaptureContract>,
): Recording {
  const { send, clock, log, run } = scope;
  const framer = createFramer(RECOMMENDED_FRAME_SIZE);
  const watch = createCaptureWatch(turn, send);
  let microphone: Microphone | undefined;
  let reopenTimer: unknown;
  let over = false;
  let stopAtMs = Number.POSITIVE_INFINITY;
  let lost: { device: string; sinceMs: number } | undefined;
  let timestamp = 0;
  let frames = 0;
  let overflows = 0;
  const startedAtMs = clock.now();
  let firstSampleAtMs = startedAtMs;
  let lastSampleAtMs = startedAtMs;
  let waitedMs = 0;
  let blocks = 0;

  run(open);

  async function open(): Promise<void> {
    try {
      const handlers = guardEach({ onSamples, onEnd, onOverflow, onLost }, scope);
      const opened = await openMicrophone(handlers, scope);
      if (over) return opened.close();
      microphone = opened;
      log.debug('microphone opened', { turnNumber: turn, audioDevice: opened.device });
    } catch (error) {
      if (over) return;
      if (lost) return reopenLater();
      over = true;
      send({ type: 'capture.failed', turn, error: errorInfo(error) });
    }
  }

  function reopenLater(): void {
    reopenTimer = clock.setTimeout(() => run(open), REOPEN_INTERVAL_MS);
  }

  function onSamples(block: Int16Array, blockEndsAtMs: number): void {
    if (over) return;
    if (lost) recover(blockEndsAtMs - block.length / SAMPLES_PER_MS);
    onBlock?.(block);
    framer.add(block, (samples, samplesAfter) => deliver(samples, blockEndsAtMs - samplesAfter / SAMPLES_PER_MS));
    // What was recorded before the turn (pre-roll) says nothing about delays.
    if (blockEndsAtMs > startedAtMs) {
      waitedMs += clock.now() - blockEndsAtMs;
      blocks += 1;
    }
    watch.add(block);
    lastSampleAtMs = blockEndsAtMs;
    if (blockEndsAtMs >= stopAtMs) finish('stopped');
  }

  function deliver(samples: Int16Array, frameEndsAtMs: number): void {
    if (frames === 0) {
      firstSampleAtMs = frameEndsAtMs - FRAME_MS;
      send({ type: 'capture.started', turn, device: microphone?.device ?? '', atMs: frameEndsAtMs });
    }
    speech.send({ type: 'frame', turn, timestamp, samples, lastSampleAtMs: frameEndsAtMs });
    timestamp += samples.length;
    frames += 1;
  }

  function onEnd(): void {
    if (!over) finish('end-of-file');
  }

  function onOverflow(): void {
    overflows += 1;
    log.warn('the sound card dropped samples: they were not read in time', { turnNumber: turn, overflows });
  }

  function onLost(error: unknown): void {
    if (over) return;
    const device = microphone?.device ?? '';
    microphone = undefined;
    lost = { device, sinceMs: lastSampleAtMs };
    log.warn('microphone lost', { turnNumber: turn, audioDevice: device, ...errorFields(error) });
    send({ type: 'capture.lost', turn, device });
    if (stopAtMs < Number.POSITIVE_INFINITY) finish('stopped');
    else reopenLater();
  }

  function recover(soundAgainAtMs: number): void {
    if (!lost) return;
    const missingMs = Math.max(0, soundAgainAtMs - lost.sinceMs);
    const rest = framer.flush();
    if (rest) deliver(rest, lost.sinceMs);
    timestamp += Math.round(missingMs * SAMPLES_PER_MS);
    lost = undefined;
    send({ type: 'capture.recovered', turn, device: microphone?.device ?? '', missingMs });
  }

  function finish(reason: 'stopped' | 'end-of-file'): void {
    const rest = framer.flush();
    if (rest) deliver(rest, lastSampleAtMs);
    watch.finish();
    close();
    speech.send({ type: 'end', turn });
    const captureMs = blocks > 0 ? waitedMs / blocks : 0;
    const summary = { frames, firstSampleAtMs, lastSampleAtMs, captureMs, overflows };
    send({ type: 'capture.ended', turn, reason, ...summary });
  }

  function close(): void {
    over = true;
    clock.clearTimeout(reopenTimer);
    microphone?.close();
    microphone = undefined;
  }

  return {
    turn,
    stop() {
      if (over) return;
      if (!microphone || lost) return finish('stopped');
      stopAtMs = Math.min(stopAtMs, clock.now());
    },
    abort: close,
  };
}
