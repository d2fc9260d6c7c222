/** What one can ask. */
import { parameters } from './input.ts';
import type { Skill } from './skill.ts';

export const help: Skill = {
  tool: () => ({
    name: 'help',
    description: 'What the skills can do.',
    parameters: parameters({}),
    effect: 'reads',
    call: async () =>
      'I tell you the time and the date, set timers, alarms and reminders, keep your lists, calculate, convert units, spell words, and change the volume. Try: set a timer for five minutes.',
  }),
  rules: [
    {
      needs: [
        'what can you do|can you do|help me|help|what can i ask|you able to|can i ask|can i say|what do you know|your skills|what are your|how can you help|what can i say|what do you do|can you help|your abilities|what else|=do you offer|=do you understand|=your features|=are you capable of|=are you good for|=are you useful for|=use you for|=you good at|=kind of questions|=kind of things|=sort of things|=sort of questions|=which things|=you help me|=what to ask|=what to say|=how does this work|=how do you work|=are you there for|=are you for|=is possible with you|=possible with you|=you can do|=how do i use|=how can i use|=how does it work|=could i ask|=ask you to do|=ask you for',
      ],
      also: 'show me|there|what|you|me|please|for me|i need|things|how|else|do|are|ask|tell me|can|all|to do|with|could|know|which|kind|sort|things|questions|of|not|say|about|offer|understand|features|able|good|for|use|it|is|that|capable',
      whole:
        'what can you do|help me|what can i ask you|how can you help me|what are you able to do|what are your skills|i need help|what do you know how to do|what can i say',
      not: 'volume|spell|timer|alarm|list|remind|calculate|convert|name|say that',
    },
  ],
  phrasings: [
    'help me',
    'what can you do',
    'what can i ask you',
    'how does this work',
    'what are your skills',
    'what are you able to do',
    'how can you help me',
  ],
};
