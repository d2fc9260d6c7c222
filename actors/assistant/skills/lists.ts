/** Lists: shopping, and what is to be done. */
import { parameters, textOf, textsOf } from './input.ts';
import { closestItem, DEFAULT_LIST, ITEMS_INPUT, LIST, LIST_INPUT, listHeard, takeItems } from './list-words.ts';
import { Question, type Rule, type Skill } from './skill.ts';
import { counted, enumerated } from './spoken/numbers.ts';

const ADD = 'add|put|write|note|=place|append|added|=edit';
/** What "add" and "put" are misheard as at the beginning. */
const MISHEARD_ADD = new Set(
  'at and had ad bad that but boot foot pud pot book right bright theres a i ed eddie'.split(' '),
);
const REMOVE =
  'remove|=take|delete|cross|strike|scratch|=removed|~very moved|~where he moved|~we moved|~very new|~greenwood|~green roof|~green move';
const NOT_ADD = 'remove|delete|clear|empty|=take|what is on|what is|read|everything|=anything|erase';

const listOf = (input: Record<string, unknown>): string =>
  (textOf(input, 'list') ?? DEFAULT_LIST).toLowerCase().replace(/ list$/, '');

const readItems: NonNullable<Rule['read']> = (reading) => {
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
    { needs: [LIST, ADD], also: 'please|can you|could you|we need|i need|down|it', not: NOT_ADD, read: readItems },
    {
      // "At milk to my list"
      needs: [LIST],
      not: `${NOT_ADD}|add|put`,
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
        'i need to buy|we need to buy|need to buy|remember to buy|we are out of|i have to buy|we ran out of|we have to buy',
      ],
      not: `what|remind|${LIST}`,
      read(reading) {
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
        'what is on|=read|what|show|tell me|which|whats on|how many|do i have|anything|~red|~reed|~brett|~brett out|~bread out',
        LIST,
      ],
      also: 'is on|items|things|me|out|my|to|read out|shopping|grocery|do|have i|there|on it|is there|is',
      not: 'add|put|remove|delete|clear|empty|alarms|timers|reminders|everything|=need to buy|=take',
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

export const removeFromList: Skill = {
  tool: ({ lists }) => ({
    name: 'remove_from_list',
    description: "Removes items from one of the person's lists.",
    parameters: parameters({ 'list?': LIST_INPUT, items: ITEMS_INPUT }),
    effect: 'changes',
    async call(input, { device }) {
      const list = listOf(input);
      const there = await lists.items(device.name, list);
      const items = textsOf(input, 'items');
      const chosen = items.flatMap((item) => closestItem(item, there) ?? []);
      if (chosen.length === 0) {
        return `${enumerated(items)} ${items.length === 1 ? 'is' : 'are'} not on your ${list} list.`;
      }
      await lists.remove(device.name, list, chosen);
      return `I removed ${enumerated(chosen)} from your ${list} list.`;
    },
  }),
  rules: [
    {
      needs: [REMOVE, LIST],
      also: 'please|from|off|i bought|i have bought|we have|i got|out|from the list|from my|=of|it|of|bought',
      not: 'add|=everything|all items|clear|empty|timer|alarm|reminder|=what|put',
      read(reading) {
        const list = listHeard(reading);
        const items = takeItems(reading, list);
        return items.length > 0 ? { list, items } : undefined;
      },
    },
  ],
  phrasings: [
    'remove milk from my list',
    'take eggs off the list',
    'delete bread from the shopping list',
    'cross butter off my list',
    'remove the first thing from my list',
  ],
};

export const clearList: Skill = {
  tool: ({ lists }) => ({
    name: 'clear_list',
    description: "Removes everything from one of the person's lists.",
    parameters: parameters({ 'list?': LIST_INPUT }),
    effect: 'changes',
    async call(input, { device }) {
      const list = listOf(input);
      const items = await lists.items(device.name, list);
      await lists.clear(device.name, list);
      if (items.length === 0) return `Your ${list} list is empty already.`;
      return `I removed ${counted(items.length, 'item')} from your ${list} list.`;
    },
  }),
  rules: [
    {
      needs: [
        '=delete my shopping list|=delete the shopping list|=delete my list|=delete the list|=delete my to do list|=delete my grocery list',
      ],
      also: 'please',
      read: (reading) => ({ list: listHeard(reading) }),
    },
    {
      needs: [LIST, '=clear|empty|erase|wipe|~he raised|~eray|~he race'],
      also: 'please|out|everything',
      not: 'add|put|what',
      read: (reading) => ({ list: listHeard(reading) }),
    },
    {
      needs: [LIST, 'delete|remove|=take', 'everything|=all items|=all|whole|entire'],
      also: 'from|off|on|items|please',
      not: 'add',
      read: (reading) => ({ list: listHeard(reading) }),
    },
  ],
  phrasings: [
    'clear my list',
    'empty the shopping list',
    'delete everything on my list',
    'remove all items from the list',
    'erase my to do list',
  ],
};
