/** A few words between people, and jokes. */
import { parameters } from './input.ts';
import type { Rule, Skill } from './skill.ts';

const ANSWERS: Record<string, readonly string[]> = {
  hello: ['Hello! What can I do for you?'],
  how_are_you: ['I am fine, thank you. What can I do for you?'],
  thanks: ['You are welcome.'],
  goodbye: ['Goodbye!'],
  who: ['I am the assistant of Earshot. I tell the time, set timers and keep lists. Ask me what I can do.'],
  praise: ['Thank you!'],
  sorry: ['No problem.'],
  joke: [
    'Why did the clock get into trouble? It tocked too much.',
    'What do you call a fish without an eye? A fsh.',
    'Why was six afraid of seven? Because seven ate nine.',
    'I would tell you a joke about a timer, but you would have to wait for it.',
    'Why do bees hum? Because they do not know the words.',
  ],
};

const rule = (topic: string, needs: string[], also: string, not?: string): Rule => ({
  needs,
  also,
  ...(not === undefined ? {} : { not }),
  read: () => ({ topic }),
});

export const smallTalk: Skill = {
  tool: ({ random }) => ({
    name: 'small_talk',
    description: 'A few friendly words, or a joke.',
    parameters: parameters({ topic: { type: 'string', enum: Object.keys(ANSWERS) } }),
    effect: 'reads',
    async call(input) {
      const answers = ANSWERS[String(input.topic)] ?? ANSWERS.hello ?? [];
      return answers[Math.floor(random() * answers.length)] ?? '';
    },
  }),
  rules: [
    rule(
      'how_are_you',
      ['how are you|how do you do|how are you doing|how is it going|how do you feel|how about you|val gardue'],
      'hello|hi|today|doing|hey|going|feeling|oh|are you|i love you',
    ),
    rule(
      'hello',
      ['hello|hi|good morning|good afternoon|good evening|good day|hey there|hi there|greetings|howdy'],
      'there|to you|assistant|everyone|again|earshot|my friend|computer',
      'say|repeat|at|remind',
    ),
    rule(
      'thanks',
      ['thank you|thanks|thank you very much|thanks a lot|many thanks|thank you so much'],
      'very much|a lot|so much|very|much|lot|for your help|for that|help|great|many',
    ),
    rule(
      'goodbye',
      ['goodbye|bye|bye bye|good night|see you|see you later|good bye|farewell|talk to you later'],
      'bye|later|soon|now|tomorrow|you|sleep well|till',
      'say|repeat|how much',
    ),
    rule(
      'who',
      [
        'who are you|your name|what are you|are you called|who am i talking|are you a robot|are you human|what is your name|who made you',
      ],
      'what is|what|who|tell me|call you|is|to|do',
    ),
    rule(
      'joke',
      ['joke|jokes|make me laugh|something funny|funny'],
      'tell me|do you know|know|another|please|a good|tell|make|you|good|say|can you|one|any|me',
    ),
    rule(
      'praise',
      [
        'well done|good job|you are great|you are nice|i love you|i like you|great job|very good|awesome|you are awesome|you are funny',
      ],
      'very|so|you|that was',
    ),
    rule('sorry', ['i am sorry|my mistake|no problem|my bad'], 'so|that was'),
  ],
  phrasings: [
    'hello there',
    'good morning',
    'how are you',
    'thank you',
    'thanks a lot',
    'goodbye',
    'who are you',
    'do you know a joke',
    'make me laugh',
  ],
};
