/**
 * The listener: keeps the microphone open between turns, and reports what it has been told to attend to: speech, the wake
 * word, the end of speech, an interruption. It sends events only; the sound goes to whoever records.
 */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import { guardEach } from '../../src/core/actor/scope.ts';
import type { Attention, ListenerContract } from '../../src/core/contracts/index.ts';
import { type EarshotError, errorFields, errorInfo } from '../../src/core/errors.ts';
import { decibels } from '../../src/core/signal/decibels.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { Patience } from '../../src/protocol/listening.ts';
import type { EchoState } from '../echo/echo-state.ts';
import type { Microphone } from '../sound/port.ts';
import type { VoiceDetector } from './fvad-detector.ts';
import type { MuteGate } from './mute-gate.ts';
import type { SharedMicrophone } from './shared-microphone.ts';
import { createSpeechWatch, startOfTurn } from './speech-watch.ts';
import type { OpenWakeEngine, WakeWord } from './wake-engine.ts';
import { createWakeWatch } from './wake-watch.ts';

const REOPEN_INTERVAL_MS = 1_000;

export interface ListenerOptions {
  microphone: SharedMicrophone;
  gate: MuteGate;
  /** Called when speech is to be found for the first time. */
  openVoiceDetector: () => Promise<VoiceDetector>;
  /** Loads what makes the id of a turn that began then (ms since 1970). Push to talk does not need it in this thread. */
  loadNewId: () => Promise<(startedAtMs: number) => string>;
  /** Undefined: there is no wake word. */
  openWakeEngine?: OpenWakeEngine | undefined;
  /** Undefined without an echo canceller. */
  echo?: EchoState | undefined;
}

export function defineListener(options: ListenerOptions): ActorDefinition<ListenerContract> {
  const { microphone, gate, loadNewId, openWakeEngine } = options;
  return (scope) => {
    const { send, clock, log, run } = scope;
    let attention: Attention = 'nothing';
    /** Whether the microphone is to be open. */
    let isWanted = false;
    let isOpening = false;
    let hasFailed = false;
    let opened: Microphone | undefined;
    let lost: { device: string; sinceMs: number } | undefined;
    let lastSampleAtMs = 0;
    let reopenTimer: unknown;
    let makeId: ((startedAtMs: number) => string) | undefined;
    const newId = (startedAtMs: number) => makeId?.(startedAtMs) ?? '';
    const speech = createSpeechWatch({ ...options, newId }, scope);
    options.echo?.onChange(
      scope.guard(({ isConverged, erleDb }) => send({ type: 'echo.changed', converged: isConverged, erleDb })),
    );
    const wake = createWakeWatch({ openWakeEngine, onWake, onUnavailable: fail, onAvailable: reportOpened }, scope);

    async function open(): Promise<void> {
      if (!isWanted || isOpening || opened || gate.isMuted) return;
      isOpening = true;
      try {
        makeId ??= await loadNewId();
        const microphoneOpened = await microphone.listen(
          guardEach({ onSamples, onEnd, onOverflow, onLost }, scope),
          scope,
        );
        isOpening = false;
        if (!isWanted) return microphoneOpened.close();
        opened = microphoneOpened;
        log.debug('the listener has opened the microphone', { audioDevice: opened.device });
        if (!lost) reportOpened();
      } catch (error) {
        isOpening = false;
        if (!isWanted || gate.isMuted) return;
        if (!lost) fail(error);
        reopenLater();
      }
    }

    function reopenLater(): void {
      clock.clearTimeout(reopenTimer);
      reopenTimer = clock.setTimeout(() => run(open), REOPEN_INTERVAL_MS);
    }

    function reportOpened(): void {
      hasFailed = false;
      if (opened) send({ type: 'listener.opened', device: opened.device });
    }

    /** Reported once, until it is open. */
    function fail(error: unknown): void {
      if (!hasFailed) send({ type: 'listener.failed', error: errorInfo(error) });
      hasFailed = true;
    }

    function onSamples(block: Int16Array, blockEndsAtMs: number): void {
      if (lost) recover(blockEndsAtMs - block.length / SAMPLES_PER_MS);
      lastSampleAtMs = blockEndsAtMs;
      if (attention === 'wake') wake.add(block, blockEndsAtMs);
      else speech.add(block, blockEndsAtMs);
    }

    function recover(soundAgainAtMs: number): void {
      if (!lost) return;
      const missingMs = Math.max(0, soundAgainAtMs - lost.sinceMs);
      lost = undefined;
      send({ type: 'listener.recovered', device: opened?.device ?? '', missingMs });
    }

    function onOverflow(): void {
      speech.interrupt();
    }

    /** A recording is read once. */
    function onEnd(): void {
      opened = undefined;
      isWanted = false;
      send({ type: 'listener.ended' });
    }

    function onLost(error: EarshotError): void {
      const device = opened?.device ?? '';
      opened = undefined;
      speech.interrupt();
      if (gate.isMuted) return;
      log.warn('the listener has lost the microphone', { audioDevice: device, ...errorFields(error) });
      if (!lost) send({ type: 'listener.lost', device });
      lost ??= { device, sinceMs: lastSampleAtMs };
      reopenLater();
    }

    function onWake({ word, score, startedAtMs, endedAtMs }: WakeWord): void {
      const levelDb = decibels(microphone.levelBetween(startedAtMs, endedAtMs));
      // The wake word itself is not part of what is said.
      microphone.beginNextAt(endedAtMs);
      send({ type: 'wake.heard', ...startOfTurn('wake', endedAtMs, clock, newId), word, score, levelDb });
    }

    function attend(to: Attention, patience: Patience): void {
      attention = to;
      if (to === 'wake') wake.start();
      else wake.stop();
      speech.attend(to, patience);
    }

    function setMuted(muted: boolean): void {
      gate.setMuted(muted);
      send({ type: 'listener.muted', muted });
      lost = undefined;
      if (!muted) run(open);
    }

    function close(): void {
      isWanted = false;
      hasFailed = false;
      lost = undefined;
      clock.clearTimeout(reopenTimer);
      opened?.close();
      opened = undefined;
      attend('nothing', 'normal');
      microphone.beginNextAt(undefined);
    }

    return {
      receive(event) {
        switch (event.type) {
          case 'listener.open':
            isWanted = true;
            run(open);
            if (opened) reportOpened();
            return;
          case 'listener.close':
            return close();
          case 'listener.attend':
            return attend(event.to, event.patience);
          case 'listener.hold':
            return speech.hold(event.holdMs);
          case 'listener.refuse':
            return speech.refuse();
          case 'listener.mute':
            return setMuted(event.muted);
        }
      },
      stop() {
        close();
        options.echo?.onChange(undefined);
        speech.close();
        wake.close();
      },
    };
  };
}
