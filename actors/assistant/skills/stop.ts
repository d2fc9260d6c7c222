/** Ends what is spoken and what rings. */
import { parameters } from './input.ts';
import type { Skill } from './skill.ts';

export const stop: Skill = {
  tool: ({ controls }) => ({
    name: 'stop',
    description: 'Ends what the device plays: an answer, a timer that rings.',
    parameters: parameters({}),
    effect: 'changes',
    async call(_input, { device }) {
      await controls.stop(device.name);
      return 'Okay.';
    },
  }),
  rules: [
    {
      needs: [
        'stop|be quiet|shut up|silence|that is enough|enough|quiet|never mind|hush|stop talking|cancel that|stop it|nevermind|pause|be silent',
      ],
      also: 'please|talking|that|now|it|speaking|ringing|okay|thanks|is|be|just',
      whole:
        'stop|be quiet|please stop talking|shut up|that is enough|stop it|silence|never mind|okay stop now|stop talking',
      not: 'timer|alarm|reminder|list|volume|more',
    },
  ],
  phrasings: ['stop', 'be quiet', 'shut up', 'stop talking', 'that is enough', 'silence please', 'stop ringing'],
};
