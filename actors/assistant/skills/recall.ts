/** What was said before: "what did I say?", "what did you say?" */
import { parameters } from './input.ts';
import type { Skill } from './skill.ts';

export const recall: Skill = {
  tool: ({ memory }) => ({
    name: 'recall',
    description: 'What the person, or the assistant, said last.',
    parameters: parameters({ who: { type: 'string', enum: ['person', 'assistant'] } }),
    effect: 'reads',
    async call(input, { device, turnId }) {
      const { messages } = await memory.recall(device.name);
      const isPerson = input.who === 'person';
      const last = messages
        .filter(
          (message) =>
            message.turnId !== turnId && message.role === (isPerson ? 'person' : 'assistant') && message.text !== '',
        )
        .at(-1);
      if (!last) return isPerson ? 'You have not said anything before.' : 'I have not said anything yet.';
      return isPerson ? `You said: ${last.text}` : last.text;
    },
  }),
  rules: [
    {
      needs: [
        '=my words|=my question|=did i want to know|did i say|did i ask|was i saying|have i said|i said|my last question|i asked|i ask you|i say|have i asked|did i just say|did i just ask|did i tell you|my last|my previous question|question|=i just said|=i just asked|=my last words|=i just told you|=i told you|=i asking|=was i asking|=have i told|=have i asked|=i tell you',
      ],
      also: 'what|before|you|last|earlier|just|was|previously|a moment ago|tell me|did|question|ago|first|thing|now|remember|of you|again|do you know|do you remember|know|have|it|is|that|words|were|repeat|minute|for|just now|told|asking',
      not: 'remind|forget|delete|timer|timers|alarm|alarms|list|repeat after|=erase|=remove|=do not keep|=wipe|=clear|=can i ask|=could i ask|=may i ask|=should i ask',
      read: () => ({ who: 'person' }),
    },
    {
      needs: [
        'say that again|repeat that|did you say|say it again|you said|repeat it|come again|did not catch|did not hear|did not understand|pardon|repeat please|repeat your|can you repeat|could you repeat|you say|once more|=one more time|say again|repeat the last|did you just say|did you just tell me|did not get|=i missed that|=what was that|=run that by me|=could not hear|=can not hear that|=tell me that again|=tell me again|=again|repeat',
      ],
      also: 'what|please|excuse me|by me|go over|run|again|that|last|answer|catch|hear|you|not|once more|just|sorry|was|me|understand|get|now|one more time|repeat|did|excuse|it|say|tell me|could|can|beg|your|missed|i|just|there|time|more',
      not: 'after me|remind|forget|delete|=set|=flip|=roll|=toss|=throw|=hear you|=call me again|=timer|=wake|what i said|=i said|=my last',
      whole:
        'what did you say|can you repeat that|say that again|i did not catch that|could you say that again|please repeat that|what was that|what did you just say|repeat your last answer|i did not understand|i did not hear you',
      read: () => ({ who: 'assistant' }),
    },
    {
      needs: ['what|sorry|excuse me|huh'],
      not: 'is|time|day|are|can',
      read: (reading) => (reading.words.length <= 2 ? { who: 'assistant' } : undefined),
    },
  ],
  phrasings: [
    'what did i say before',
    'what was my last question',
    'say that again',
    'repeat please',
    'what did you say',
    'i did not understand',
    'could you say that once more',
  ],
};
