/** Lists: shopping, and what is to be done. */
import type { Interpretation } from './heard/interpretation.ts';
import { parameters, textOf, textsOf } from './input.ts';
import { Question, type Skill } from './skill.ts';
import { counted, enumerated } from './spoken/numbers.ts';
import { nameCloseness } from './timer-names.ts';

const TODO = 'to do list|todo list|to do lists|task list|two do list|to do this';
const SHOPPING = 'shopping list|grocery list|groceries list|shopping lists|shopping this';
const LIST = `${SHOPPING}|${TODO}|my list|the list|list|lists`;
const ADD = 'add|put|write|note|at|and|place|had|ad|append';
const REMOVE = 'remove|take|delete|cross|strike|scratch';
const LIST_INPUT = { type: 'string', description: '`shopping` (the default), `to do`, or another name.' };
const ITEMS_INPUT = { type: 'array', items: { type: 'string' }, minItems: 1 };
const LEAST_CLOSENESS = 0.65;
const DEFAULT_LIST = 'shopping';

/** "milk, eggs and bread" */
function itemsIn(reading: Interpretation, from: number, to: number): string[] {
  const items: string[][] = [[]];
  for (let at = from; at < to; at++) {
    const word = reading.words[at];
    if (!word || !reading.isFree(at)) continue;
    if (word.text === 'and' || word.hasComma) {
      if (word.text !== 'and') items.at(-1)?.push(word.raw);
      items.push([]);
    } else items.at(-1)?.push(word.raw);
    reading.explain(at, at + 1, 0.85);
  }
  return items.map(trimmed).filter((item) => item !== '');
}

const EDGES = new Set('to on onto from off of my the a an some please it into in at also for me with'.split(' '));

function trimmed(words: string[]): string {
  const rest = [...words];
  while (rest.length > 0 && EDGES.has(rest[0] ?? '')) rest.shift();
  while (rest.length > 0 && EDGES.has(rest.at(-1) ?? '')) rest.pop();
  return rest.join(' ');
}

const listOf = (input: Record<string, unknown>): string =>
  (textOf(input, 'list') ?? DEFAULT_LIST).toLowerCase().replace(/ list$/, '');

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
      also: 'please|can you|could you|to my|on my|on the|to the|we need|i need|down',
      not: 'remove|delete|clear|empty|take|what is on|what is|read|everything',
      read(reading) {
        const list = todoOr(reading);
        const items = itemsIn(reading, 0, reading.words.length);
        if (items.length > 0) return { list, items };
        return new Question('What shall I add?', { list }, (answer) => {
          const said = itemsIn(answer, 0, answer.words.length);
          return said.length > 0 ? { items: said } : undefined;
        });
      },
    },
    {
      needs: [
        'i need to buy|we need to buy|need to buy|remember to buy|we are out of|i have to buy|we ran out of|buy some',
      ],
      not: 'what|remind|list',
      read(reading) {
        const items = itemsIn(reading, 0, reading.words.length);
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
        `what is on|read|what|show|tell me|which|whats on|list|how many|do i have|anything`,
        'list|lists|shopping list|to do list|grocery list|shopping|todo list',
      ],
      also: 'is on|items|things|me|out|my|to|what is on|read|read out|shopping|grocery|do|have i|there|everything|on it',
      not: 'add|put|remove|delete|clear|empty|alarms|timers|reminders',
      read: (reading) => ({ list: todoOr(reading) }),
    },
    {
      needs: [
        'what do i need to buy|what do i have to buy|what do we need to buy|what should i buy|what shall i buy|need to buy',
      ],
      also: 'what|do|we|i',
      not: 'remind|add|remember',
      read: () => ({ list: DEFAULT_LIST }),
    },
    {
      needs: [
        'what do i have to do|what do i need to do|what are my tasks|what is there to do|have to do|to do today|my tasks',
        'what|which|tell me|read',
      ],
      also: 'today|tell me|do',
      not: 'day|date|time',
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

const todoOr = (reading: Interpretation): string =>
  reading.words.some(
    ({ text }, at) =>
      text === 'todo' ||
      text === 'tasks' ||
      text === 'task' ||
      (text === 'do' &&
        /^(to|two|too)$/.test(reading.words[at - 1]?.text ?? '') &&
        reading.words[at + 1]?.text === 'list'),
  )
    ? 'to do'
    : DEFAULT_LIST;

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
      const chosen = items.flatMap((item) => closest(item, there) ?? []);
      if (chosen.length === 0)
        return `${enumerated(items)} ${items.length === 1 ? 'is' : 'are'} not on your ${list} list.`;
      await lists.remove(device.name, list, chosen);
      return `I removed ${enumerated(chosen)} from your ${list} list.`;
    },
  }),
  rules: [
    {
      needs: [REMOVE, 'off|from|list|out', 'list|lists|shopping list|to do list|the list|my list'],
      also: 'shopping|grocery|groceries|please|from|off|i bought|i have bought|we have|i got|out|from the list|from my',
      not: 'add|everything|all items|clear|empty|timer|alarm|reminder',
      read(reading) {
        const list = todoOr(reading);
        reading.takeAll('to do');
        const items = itemsIn(reading, 0, reading.words.length);
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

/** What is on a list was not always heard in the same way. */
function closest(item: string, there: readonly string[]): string[] | undefined {
  const [best] = there
    .map((each) => ({ each, closeness: nameCloseness(each, item) }))
    .sort((a, b) => b.closeness - a.closeness);
  return best && best.closeness >= LEAST_CLOSENESS ? [best.each] : undefined;
}

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
      return items.length === 0
        ? `Your ${list} list is empty already.`
        : `I removed ${counted(items.length, 'item')} from your ${list} list.`;
    },
  }),
  rules: [
    {
      needs: ['list|lists|shopping list|to do list|my list', 'clear|empty|erase|wipe|clean'],
      also: 'shopping|grocery|groceries|please|out|everything|to do|do',
      not: 'add|put|what',
      read: (reading) => ({ list: todoOr(reading) }),
    },
    {
      needs: [
        'list|lists|shopping list|to do list|my list',
        'delete|remove|take',
        'everything|all items|all|whole|entire|the list',
      ],
      also: 'shopping|grocery|from|off|on|to do|items|do',
      not: 'add',
      read: (reading) => ({ list: todoOr(reading) }),
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
