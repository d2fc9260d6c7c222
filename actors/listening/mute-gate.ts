/**
 * Mute, enforced where the real microphone is opened: while it is muted, nothing can open it, and one that is open is
 * closed at once.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { Microphone, MicrophoneHandlers, OpenMicrophone } from '../sound/port.ts';

export interface MuteGate {
  /**
   * Rejects with `microphone_muted` while it is muted. A microphone that is muted while it is open is lost with this
   * error.
   */
  readonly open: OpenMicrophone;
  readonly isMuted: boolean;
  setMuted(muted: boolean): void;
}

/** One microphone that is open, or being opened. */
interface Use {
  state: 'open' | 'closed' | 'muted';
  handlers: MicrophoneHandlers;
  microphone?: Microphone;
}

export function createMuteGate(openMicrophone: OpenMicrophone): MuteGate {
  const uses = new Set<Use>();
  let isMuted = false;

  function end(use: Use, state: 'closed' | 'muted'): void {
    use.state = state;
    uses.delete(use);
  }

  function mute(use: Use): void {
    end(use, 'muted');
    if (!use.microphone) return;
    use.microphone.close();
    use.handlers.onLost(microphoneMuted());
  }

  return {
    async open(handlers, scope) {
      if (isMuted) throw microphoneMuted();
      const use: Use = { state: 'open', handlers };
      uses.add(use);
      const microphone = await openMicrophone(handlersOf(use, end), scope).catch((error) => {
        end(use, 'closed');
        throw error;
      });
      if (use.state === 'muted') {
        microphone.close();
        throw microphoneMuted();
      }
      use.microphone = microphone;
      return {
        device: microphone.device,
        close() {
          end(use, 'closed');
          microphone.close();
        },
      };
    },
    get isMuted() {
      return isMuted;
    },
    setMuted(next) {
      isMuted = next;
      if (isMuted) for (const use of [...uses]) mute(use);
    },
  };
}

/** They pass on what happens until the end. */
function handlersOf(use: Use, end: (use: Use, state: 'closed') => void): MicrophoneHandlers {
  const { handlers } = use;
  return {
    onSamples(samples, lastSampleAtMs) {
      if (use.state === 'open') handlers.onSamples(samples, lastSampleAtMs);
    },
    onOverflow() {
      if (use.state === 'open') handlers.onOverflow();
    },
    onEnd() {
      if (use.state !== 'open') return;
      end(use, 'closed');
      handlers.onEnd();
    },
    onLost(error) {
      if (use.state !== 'open') return;
      end(use, 'closed');
      handlers.onLost(error);
    },
  };
}

function microphoneMuted(): EarshotError {
  return new EarshotError('microphone_muted', 'The microphone is muted', 'Unmute it, then speak.');
}
