/** Opens a microphone of the browser, and says why when it cannot. */
import { EarshotError } from '../../../core/errors.ts';

export interface MicrophoneWishes {
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGain: boolean;
}

export interface WantedMicrophone {
  id: string;
  /** Undefined: if it is there; else another. `true`: this one or none. */
  isRequired: boolean;
}

/**
 * @throws EarshotError (by rejection) `insecure_context`, `microphone_denied`, `microphone_missing`, `microphone_busy`
 */
export async function openMicrophoneStream(
  { echoCancellation, noiseSuppression, autoGain }: MicrophoneWishes,
  wanted: WantedMicrophone | undefined,
): Promise<MediaStream> {
  // A browser hides it from pages that did not come over https (or from this computer).
  if (!navigator.mediaDevices) throw insecureContext();
  const device = wanted &&
    wanted.id !== '' && { deviceId: wanted.isRequired ? { exact: wanted.id } : { ideal: wanted.id } };
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation, noiseSuppression, autoGainControl: autoGain, channelCount: 1, ...device },
    });
  } catch (cause) {
    throw reasonOf(cause);
  }
}

function insecureContext(): EarshotError {
  return new EarshotError(
    'insecure_context',
    'A browser gives no microphone to a page that came over http',
    'Open the page over https (the gateway with --tls-cert, Tailscale or Caddy), or on the gateway itself as http://localhost.',
  );
}

/** The names are those of the Media Capture specification. */
function reasonOf(cause: unknown): EarshotError {
  switch (cause instanceof DOMException ? cause.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return new EarshotError(
        'microphone_denied',
        'The browser does not allow this page to use the microphone',
        'Allow it: press the symbol beside the address, choose the microphone, then try again.',
        { cause },
      );
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new EarshotError('microphone_missing', 'There is no microphone', 'Connect one, then try again.', {
        cause,
      });
    default:
      return new EarshotError(
        'microphone_busy',
        'The microphone cannot be opened',
        'Close the other program that uses it, then try again.',
        { cause },
      );
  }
}
