/** The provider `home-assistant`. */

import { defaultProfile } from '../../../src/core/device-profile.ts';
import type { Brain } from '../parts/brain.ts';
import type { Provider } from '../parts/provider.ts';
import { checkSteps, timeToFirst } from '../requests/checks.ts';
import { createHomeAssistantBrain } from './home-assistant-brain.ts';

export const homeAssistant: Provider<Brain> = {
  summary: 'Conversation of Home Assistant: its devices, rules and agents',
  create: async (settings, context) => createHomeAssistantBrain(settings, context),
  async *check(settings, context) {
    const brain = createHomeAssistantBrain(settings, context);
    const ask = (signal: AbortSignal) =>
      brain.answer(
        {
          ...{ text: 'What time is it?', history: [], tools: [], turnId: 'doctor', nowMs: context.clock.wallNow() },
          device: defaultProfile('doctor'),
        },
        signal,
      );
    yield* checkSteps(brain, {
      reachable: async () => {
        await brain.ping();
        return `${brain.provider} accepts the token`;
      },
      answer: (signal) => timeToFirst(ask(signal), context.clock),
    });
  },
};
