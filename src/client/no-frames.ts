/**
 * What a client has until its audio is opened, where the program brings no frames: it records nothing and plays nothing. Turns wait for the audio.
 */
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { captureContract, encoderContract, listenerContract, playerContract } from '../core/contracts/index.ts';
import type { FrameAudio, FrameAudioOptions } from './frames.ts';

const idle = () => ({ receive() {}, stop() {} });

export function noFrames({ hosting }: Pick<FrameAudioOptions, 'hosting'>): FrameAudio {
  return {
    send() {},
    clear() {},
    actors: () => ({
      listener: actorLogic(listenerContract, idle, hosting),
      capture: actorLogic(captureContract, idle, hosting),
      encoder: actorLogic(encoderContract, idle, hosting),
      player: actorLogic(playerContract, idle, hosting),
      downlink() {},
      onReceiverReport() {},
    }),
  };
}
