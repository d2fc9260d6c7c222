/** Lists: shopping, and what is to be done. */
import { parameters, textsOf } from './input.ts';
import { DEFAULT_LIST, ITEMS_INPUT, LIST, LIST_INPUT, listHeard, listOf, takeItems } from './list-words.ts';
import { Question, type Rule, type Skill } from './skill.ts';
import { enumerated } from './spoken/numbers.ts';

const ADD =
  'add|put|write|note|=place|append|added|=edit|=include|=belong|=belongs|=goes on|=go on|=should be on|=must be on|=remember|=get|=have';
/** What "add" and "put" are misheard as at the beginning. */
const MISHEARD_ADD = new Set(
  'at and had ad bad that but boot foot pud pot book right bright theres a i ed eddie'.split(' '),
);
const NOT_ADD =
  'remove|delete|clear|empty|=take|what is on|what is|read|everything|=anything|erase|=get rid|=off|=from|=did|=throw|=reset|=done';
/** Why something is needed. */
const MISSING =
  'we do not have any more|we do not have any|i do not have any more|there is no more|there is no|there are no more|there are no|there is not any|we have no more|we have no|i have no|we are running low on|i am running low on|we are low on|do not forget to|remember to|do not forget|we are almost out of|we are nearly out of|i am almost out of|we are out of|i am out of|we have run out of|i have run out of|we ran out of|run out of|we are running out of|we need|i need to buy|we need to buy|i need|i have to buy|i want|i would like|we would like';

/** Sounds like “list”, and is none. */
const NO_LIST = '=lost track|=how late';

/** Without a verb only the name of the list says that it is a command: what merely sounds like “list” is not enough. */
const LEAST_OF_ALONE = 0.9;
/** Without a verb, more words are hardly the name of a thing. */
const MAX_ITEM_WORDS = 3;

const readItems: NonNullable<Rule['read']> = (reading) => {
  if (reading.isQuestion()) return undefined;
  const list = listHeard(reading);
  const items = takeItems(reading, list);
  if (items.length > 0) return { list, items };
  return new Question('What shall I add?', { list }, (answer) => {
    const said = takeItems(answer, list);
    return said.length > 0 ? { items: said } : undefined;
  });
};

export const addToList: Skill = {
  tool: ({ lists }) => ({
    name: 'add_to_list',
    description: "Adds items to one of the person's lists.",
    parameters: parameters({ 'list?': LIST_INPUT, items: ITEMS_INPUT }),
    effect: 'changes',
    async call(input, { device }) {
      const items = textsOf(input, 'items');
      await lists.add(device.name, listOf(input), items);
      return `I added ${enumerated(items)} to your ${listOf(input)} list.`;
    },
  }),
  rules: [
    {
      needs: [LIST, ADD],
      also: `please|can you|could you|down|it|them|${MISSING}`,
      not: `${NOT_ADD}|${NO_LIST}`,
      read: readItems,
    },
    {
      // "Shopping list, sugar."
      needs: [LIST],
      also: 'please',
      not: `${NOT_ADD}|${NO_LIST}|add|put|show|give|say|new|timer|alarm|=a|=what|=my list`,
      read(reading) {
        if (reading.hears(LIST) < LEAST_OF_ALONE) return undefined;
        const isFirst = reading.words.slice(0, 2).some((_, at) => !reading.isFree(at));
        const list = listHeard(reading);
        const items = isFirst && !reading.isQuestion() ? takeItems(reading, list) : [];
        return items.length > 0 ? { list, items } : undefined;
      },
    },
    {
      // "At milk to my list"
      needs: [LIST],
      not: `${NOT_ADD}|${NO_LIST}|add|put`,
      read(reading, now) {
        if (
          !MISHEARD_ADD.has(reading.words[0]?.text ?? '') ||
          reading.hears('=to my|=to the|=on my|=on the|=to a|=on') === 0
        )
          return undefined;
        reading.explain(0, 1, 0.9);
        const found = readItems(reading, now);
        return found instanceof Question ? undefined : found;
      },
    },
    {
      // "Milk on the shopping list, please."
      needs: [LIST, '=on my|=on the|=onto my|=onto the|=to my|=to the|=for the|=for my'],
      also: 'please|also',
      not: `${NOT_ADD}|add|put|show|give|say|new|timer|alarm|=a|=what|=which|=tell|=how|=count|=check|=anything|=something|=there|=look|=is|=are|=have|=bought|=need|=not|=hear|=cross|=strike|=scratch|=drop|=forget|=about|${NO_LIST}|=time`,
      read(reading) {
        const isFirst = reading.isFree(0);
        const list = listHeard(reading);
        const items = isFirst && !reading.isQuestion() ? takeItems(reading, list) : [];
        return items.length > 0 && items.every((item) => item.split(' ').length <= MAX_ITEM_WORDS)
          ? { list, items }
          : undefined;
      },
    },
    {
      // "Write down milk."
      needs: [
        '=write down|=note down|=jot down|=put down|=also add|=make a note to buy|=make a note of|=make a note that we need|=note that we need|=remember that we need|=remember we need|=remember to buy',
      ],
      also: 'please|can you|could you',
      not: `${NOT_ADD}|${LIST}|timer|alarm|remind|=minutes|=volume`,
      read(reading) {
        const items = takeItems(reading, DEFAULT_LIST);
        return items.length > 0 ? { list: DEFAULT_LIST, items } : undefined;
      },
    },
    {
      needs: [
        '=i need|=we need|=i want|=we want|=i would like',
        '=on my list|=on the list|=on my shopping list|=on the shopping list|=on my grocery list',
      ],
      not: NOT_ADD,
      read(reading) {
        const items = takeItems(reading, DEFAULT_LIST);
        return items.length > 0 ? { list: DEFAULT_LIST, items } : undefined;
      },
    },
    {
      needs: [
        '=need to buy|=remember to buy|we are out of|=have to buy|=must buy|=should buy|=need to by|we ran out of|we have run out of|we are running out of|we are low on|=have to get|=need to get|=must get|=should get|=need to pick up|=have to pick up|=there is no more|=we have no more|=do not have any more|=we need more',
      ],
      not: `what|remind|=time|timer|alarm|=get up|=get out|=get home|=get to|=get in|=up at|${LIST}`,
      read(reading) {
        if (reading.isQuestion()) return undefined;
        const items = takeItems(reading, DEFAULT_LIST);
        return items.length > 0 ? { list: DEFAULT_LIST, items } : undefined;
      },
    },
    {
      // "We need milk."
      needs: ['=we need'],
      also: 'some|more|please|also|still',
      not: `what|remind|timer|alarm|=to|=help|=you|=your|=minute|=minutes|=hour|=hours|=longer|${LIST}`,
      read(reading) {
        if (reading.isQuestion()) return undefined;
        const items = takeItems(reading, DEFAULT_LIST);
        return items.length > 0 ? { list: DEFAULT_LIST, items } : undefined;
      },
    },
  ],
  phrasings: [
    'add butter to my list',
    'put apples on the grocery list',
    'add milk to the shopping list',
    'write bread on my list',
    'put cleaning on my to do list',
    'i need to buy coffee',
  ],
};

export const readList: Skill = {
  tool: ({ lists }) => ({
    name: 'read_list',
    description: "What is on one of the person's lists.",
    parameters: parameters({ 'list?': LIST_INPUT }),
    effect: 'reads',
    async call(input, { device }) {
      const list = listOf(input);
      const items = await lists.items(device.name, list);
      if (items.length === 0) return `Your ${list} list is empty.`;
      return `On your ${list} list: ${enumerated(items)}.`;
    },
  }),
  rules: [
    {
      needs: [
        'what is on|=read|what|show|tell me|which|whats on|how many|do i have|anything|=hear|=is there|=give me|=something|~red|~reed|~brett|~brett out|~bread out',
        LIST,
      ],
      also: 'is on|items|things|me|out|my|to|read out|shopping|grocery|do|have i|have we|got|there|on it|is there|is|are|something|anything|hear|let|give|please|all|what',
      not: 'add|put|remove|delete|clear|empty|alarms|timers|reminders|everything|=need to buy|=take|=off|=new|=rid|=throw|=drop|=forget|=belong|=belongs|=remember|=reminder',
      whole:
        'what is on my shopping list|read me the shopping list|what is on my list|read my list|show me my shopping list|tell me what is on my list',
      read: (reading) => ({ list: listHeard(reading) }),
    },
    {
      needs: [
        'what do i need to buy|what do i have to buy|what do we need to buy|what should i buy|what do we have to buy',
      ],
      also: 'what|do|we|i',
      not: 'remind|add|remember',
      read: () => ({ list: DEFAULT_LIST }),
    },
    {
      needs: [
        '=to buy|=buy|=buying|=store|=supermarket|=grocery store|=from the shop|=at the shop|=at the market|=go shopping',
        '=what|=which|=anything|=something|~watch',
      ],
      also: 'what|do|we|i|need|have|should|must|get|at|from|supposed|am|are|is|there|tell me|want|still|bring|go',
      not: 'remind|add|remember|=close|=closes|=open|=time|=where',
      read: () => ({ list: DEFAULT_LIST }),
    },
    {
      // "What did I put on the shopping list?"
      needs: ['=did i put|=did we put|=have i put|=have we put|=did i write|=did i add|=is already|=did i say', LIST],
      also: 'what|on|the|my|which things|things|tell me',
      read: (reading) => ({ list: listHeard(reading) }),
    },
    {
      needs: [
        'what do i have to do|what do i need to do|what are my tasks|what is there to do|my tasks|what should i do',
      ],
      also: 'today|tell me|do',
      not: '=day|date|time',
      read: () => ({ list: 'to do' }),
    },
  ],
  phrasings: [
    'what is on my list',
    'read my list',
    'what is on the shopping list',
    'read the to do list',
    'what do i have to buy',
    'show me my shopping list',
  ],
};
