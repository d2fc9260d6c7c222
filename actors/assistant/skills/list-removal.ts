/** Removing from lists. */
import { parameters, textsOf } from './input.ts';
import {
  closestItem,
  DEFAULT_LIST,
  ITEMS_INPUT,
  LIST,
  LIST_INPUT,
  listHeard,
  listOf,
  takeItems,
} from './list-words.ts';
import type { Skill } from './skill.ts';
import { counted, enumerated } from './spoken/numbers.ts';

const REMOVE =
  'remove|=no more|=get rid of|=take|delete|cross|strike|scratch|=removed|=drop|=come off|=comes off|=off|=get|=forget about|=no longer need|=do not need|=bought|=have got|=clear|~very moved|~where he moved|~we moved|~very new|~greenwood|~green roof|~green move';

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
      also: 'please|from|off|i bought|i have bought|we have|we got|i have|i got|out|from the list|from my|=of|it|of|bought|them|can come off|comes off|come off|can|enough|already|again|we no longer need|we do not need|i do not need|anymore|any more|forget about|need',
      not: 'add|=everything|all items|=clear|empty|timer|alarm|reminder|=what|put|=whole|=rid of the whole|=rid of my|=rid of the shopping|=rid of the list|=rid of the to|=rid of the grocery|=all|=get on|=on my|=entire',
      read(reading) {
        if (reading.isQuestion()) return undefined;
        const list = listHeard(reading);
        const items = takeItems(reading, list);
        return items.length > 0 ? { list, items } : undefined;
      },
    },
    {
      // "We don't need eggs any more."
      needs: [
        '=remove the|=delete the|=no longer needed|=not needed anymore|=not needed any more|=cross off|=strike off|=tick off|=check off|=scratch off|=no longer need|=do not need|=does not need|=already have|=already bought|=not need to buy|=already got',
      ],
      also: 'anymore|any more|we|i|now|after all|to buy|any|please|is|are',
      not: `timer|alarm|reminder|help|=you|=it|=that|=this|=wake|=anything|=nothing|${LIST}`,
      read(reading) {
        const items = takeItems(reading, DEFAULT_LIST);
        return items.length > 0 && !reading.isQuestion() ? { list: DEFAULT_LIST, items } : undefined;
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
        '=delete my shopping list|=delete the shopping list|=delete my list|=delete the list|=delete my to do list|=delete my grocery list|=new shopping list|=new list|=new grocery list|=new to do list',
      ],
      also: 'please|make|start|begin|create|a|let us|start with',
      read: (reading) => ({ list: listHeard(reading) }),
    },
    {
      needs: [
        LIST,
        '=clear|empty|erase|wipe|=reset|=list over|=get everything off|=take everything off|=do not need|=get rid of|=throw away|=throw out|=discard|=scrap|=drop the list|=trash|~he raised|~eray|~he race',
      ],
      also: 'please|out|everything|whole|entire|complete|all|make|from|of|off|on|i am done shopping|i am done|done|shopping|want|start',
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
