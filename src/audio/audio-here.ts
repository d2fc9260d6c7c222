/**
 * The audible actors on the main thread, behind the same handle as the audio thread (audio-host.ts): for boards with little memory.
 * There are no messages and no second engine; but where native audio crashes, the process ends with it.
 */
import { noteCards } from '../../actors/sound/leave.ts';
import { capturePort, encoderPort, playerPort } from '../../machines/ports.ts';
import type { PortLogic } from '../../machines/wiring.ts';
import type { Port } from '../actor.ts';
import { systemClock } from '../clock.ts';
import { hostHere } from '../host.ts';
import type { AudioHost, AudioHostOptions } from './audio-host.ts';
import { createAudioParts } from './audio-parts.ts';
import { type AudioActorName, usesCards } from './audio-thread.ts';

export function createAudioHere(options: AudioHostOptions): AudioHost {
  const { settings, uplink, onLevels = () => {}, onFigures = () => {}, log } = options;
  const parts = createAudioParts({ settings, uplink, onLevels, onFigures, log });
  const { actors, downlink, heard, configure } = parts.line;
  const hosting = { clock: systemClock, log };
  const logics: Record<AudioActorName, unknown> = {
    capture: hostHere(capturePort, actors.capture, hosting),
    encoder: hostHere(encoderPort, actors.encoder, hosting),
    player: hostHere(playerPort, actors.player, hosting),
  };
  if (usesCards(settings)) noteCards();
  return {
    actor: <P extends Port>(name: AudioActorName) => logics[name] as PortLogic<P>,
    downlink,
    heard,
    configure,
    measure: async () => parts.measure(),
    close() {
      parts.stopWatching();
      return parts.closed();
    },
  };
}
