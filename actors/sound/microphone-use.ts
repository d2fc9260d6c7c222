/** Tracks whether a microphone is open. */
import type { OpenMicrophone } from './port.ts';

export interface MicrophoneUse {
  open: OpenMicrophone;
  readonly isOpen: boolean;
}

export function watchMicrophone(openMicrophone: OpenMicrophone): MicrophoneUse {
  const inUse = new Set<object>();
  return {
    async open(handlers, scope) {
      const use = {};
      const ended = () => inUse.delete(use);
      inUse.add(use);
      try {
        const { device, close } = await openMicrophone(
          {
            ...handlers,
            onEnd() {
              ended();
              handlers.onEnd();
            },
            onLost(error) {
              ended();
              handlers.onLost(error);
            },
          },
          scope,
        );
        return {
          device,
          close() {
            ended();
            close();
          },
        };
      } catch (error) {
        ended();
        throw error;
      }
    },
    get isOpen() {
      return inUse.size > 0;
    },
  };
}
