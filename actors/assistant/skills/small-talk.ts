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

/** What is said for each topic, and sentences for it. */
const TOPICS: readonly (Omit<Rule, 'needs' | 'read'> & { topic: string; needs: string })[] = [
  {
    topic: 'how_are_you',
    needs:
      'how are you|how do you do|how are you doing|how is it going|how do you feel|how are things|=how is everything|=how is life|=how is your day|=are you okay|=are you ok|=are you all right|=you all right|=are you well|=are you fine|=how have you been|=how are you feeling|=are you doing|=everything okay|=everything all right|=how was your day|=what is up',
    not: 'joke|jokes|=make|=cook|=get to',
    also: 'everything|with you|all right|okay|well|good|fine|things|life|day|feel|been|right|how|hello|hi|today|doing|hey|going|feeling|oh|are you',
    whole: 'hello how are you|how are you today|how are you|hi how are you doing|how do you do|how are you doing',
  },
  {
    topic: 'hello',
    needs:
      'hello|=hi|=hey|=morning|good morning|good afternoon|good evening|=good day to you|=good day|hey there|hi there|greetings|howdy|=anyone there|=anybody there|=are you there|=is anybody there|=is anyone there|=you there',
    also: 'you|are|is|there|to you|assistant|everyone|again|earshot|my friend|computer|hi|hey|hello',
    not: 'say|repeat|=at|remind|translate|=to|tomorrow|=in',
    whole: 'hello|hi there|good morning|good afternoon|good evening|hey there|hello there|good day',
  },
  {
    topic: 'hello',
    needs: 'nice to meet you|pleased to meet you|good to meet you|nice to see you|good to see you|glad to meet you',
    also: 'hello|hi|hey|there|i am|very|so|again',
    whole: 'nice to meet you|hi nice to meet you|hello nice to meet you|hi there nice to meet you',
  },
  {
    topic: 'thanks',
    needs:
      'thank you|thanks|many thanks|=cheers|=grateful|=appreciate it|=appreciate that|=much appreciated|=appreciate your help',
    also: 'you are the best|you are great|telling me|that is all|perfect|kind|nice|wonderful|super|fine|good|okay|that is|that was|i am|i|it|really|of you|the help|all|lovely|excellent|cool|very much|a lot|so much|very|much|lot|for your help|for that|help|great|many',
    whole: 'thank you very much|thanks a lot|thank you|thanks|thank you so much|thanks for your help|many thanks',
  },
  {
    topic: 'goodbye',
    needs: 'goodbye|=bye|bye bye|good night|see you|see you later|good bye|farewell|talk to you later',
    also: 'bye|later|soon|now|tomorrow|you|sleep well|till',
    not: 'say|repeat|how much|translate',
    whole: 'goodbye|bye bye|good night|see you later|see you tomorrow|bye',
  },
  {
    topic: 'who',
    needs:
      'who are you|your name|what are you called|are you called|should i call you|shall i call you|do i call you|can i call you|who am i talking to|are you a robot|are you human|who made you|=you have a name|=got a name|=people call you|=know your name|=introduce yourself|=give you a name|=gave you a name|=do you go by|=name do you|=ask your name|=they call you|=you called',
    also: 'what|people|do|have|you|may|know|got|and|what is|what|who|tell me|call you|is|to|do',
    whole: 'who are you|what is your name|tell me your name|what are you called|are you a robot',
  },
  {
    topic: 'joke',
    needs: 'joke|jokes|make me laugh|something funny|=a laugh|=be funny|=cheer me up|=make me smile',
    also: 'how about|feel like|hearing|entertain|have|got|hear|let|want|with|could use|use|for|to|some|more|like|tell me|do you know|know|another|please|a good|tell|make|you|good|say|can you|one|any|me',
    whole:
      'tell me a joke|do you know a joke|make me laugh|tell me something funny|another joke please|can you tell me a joke',
  },
  {
    topic: 'praise',
    needs: 'well done|good job|you are great|you are nice|i love you|i like you|great job|awesome|you are funny',
    also: 'very|so|you|that was',
  },
  { topic: 'sorry', needs: 'i am sorry|my mistake|no problem|my bad', also: 'so|that was' },
];

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
  rules: TOPICS.map(({ topic, needs, ...rule }) => ({ ...rule, needs: [needs], read: () => ({ topic }) })),
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
