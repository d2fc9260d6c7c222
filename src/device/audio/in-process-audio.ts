/**
 * The audio actors on the main thread, behind the same interface as the audio thread (audio-host.ts): for boards with
 * little memory. There are no messages between threads and no second V8 instance, but a crash of native audio ends the
 * process.
 */

import { audioBackends } from '../../../actors/sound/backends/open.ts';
import { noteCards } from '../../../actors/sound/leave.ts';
import { actorLogic } from '../../../machines/adapter/actor-host.ts';
import type { ContractLogic } from '../../../machines/adapter/contract-logic.ts';
import {
  type ContractTypes,
  captureContract,
  encoderContract,
  listenerContract,
  playerContract,
} from '../../core/contracts/index.ts';
import { systemClock } from '../../core/time/clock.ts';
import type { AudioHost, AudioHostOptions } from './audio-host.ts';
import { createAudioParts } from './audio-parts.ts';
import type { AudioActorName } from './audio-thread.ts';

export function createInProcessAudio(options: AudioHostOptions): AudioHost {
  const { settings, uplink, onLevels = () => {}, onMetrics = () => {}, log } = options;
  const parts = createAudioParts({ settings, uplink, onLevels, onMetrics, log });
  const { actors, downlink, onReceiverReport } = parts.line;
  const hosting = { clock: systemClock, log };
  const logics: Record<AudioActorName, unknown> = {
    listener: actorLogic(listenerContract, actors.listener, hosting),
    capture: actorLogic(captureContract, actors.capture, hosting),
    encoder: actorLogic(encoderContract, actors.encoder, hosting),
    player: actorLogic(playerContract, actors.player, hosting),
  };
  if ([settings.microphone, settings.speaker].some(audioBackends.mayHoldProcess)) noteCards();
  return {
    actor: <P extends ContractTypes>(name: AudioActorName) => logics[name] as ContractLogic<P>,
    downlink,
    onReceiverReport,
    configure: parts.configure,
    playEarcon: (name) => parts.line.playEarcon(name),
    measure: async () => parts.measure(),
    collectGarbage() {},
    close() {
      parts.stopWatching();
      return parts.closed();
    },
  };
}
