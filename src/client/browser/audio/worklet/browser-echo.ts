/**
 * The browser's own echo canceller: it is before the worklet, so its microphone has no echo. How well it works is not known here; what
 * the browser was asked for is taken as done.
 */
import type { EchoCancellation, EchoCancellationOptions } from '../../../../../actors/echo/echo-cancellation.ts';
import type { EchoState } from '../../../../../actors/echo/echo-state.ts';

export function browserEcho(
  { openMicrophone, openSpeaker, isOn }: Omit<EchoCancellationOptions, 'choose'>,
  removesEcho: boolean,
): EchoCancellation {
  let hasTold = false;
  let onChange: ((state: EchoState) => void) | undefined;
  const state: EchoState = {
    isConverged: removesEcho,
    erleDb: 0,
    // Whatever is in the microphone is no echo.
    residual: 1,
    onChange(listener) {
      onChange = listener;
      hasTold = false;
    },
  };
  return {
    openSpeaker,
    openMicrophone: (handlers, scope) =>
      openMicrophone(
        {
          ...handlers,
          onSamples(samples, lastSampleAtMs) {
            handlers.onSamples(samples, lastSampleAtMs);
            if (hasTold || !removesEcho || !isOn()) return;
            hasTold = true;
            onChange?.(state);
          },
        },
        scope,
      ),
    state,
    metrics: () => undefined,
    close() {},
  };
}
