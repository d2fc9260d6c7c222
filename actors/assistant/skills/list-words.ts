/** How lists and their items are named. */
import type { Interpretation } from './heard/interpretation.ts';
import { textOf } from './input.ts';
import { nameCloseness } from './timer-names.ts';

/** "to do list" in all the ways in which it is heard. */
const TODO =
  'my to do list|to do list|todo list|=my to dos|=to dos|=my todos|=todos|to do lists|task list|=tasks|~my to do less|~to do this|~might do list|~to do least|~unmighty to list|~unmighted to list|~tide to a list|~might of delist|~might adore a list|~with a dualist';
const SHOPPING =
  'shopping list|grocery list|groceries list|shopping lists|=groceries|~shocking list|~shop in list|~growth relist|~grocerie list|~grocery a list|~grocerial list';
export const LIST = `${SHOPPING}|${TODO}|my list|the list|list|lists|~my lest|~the lest|~my last`;
export const LIST_INPUT = { type: 'string', description: '`shopping` (the default), `to do`, or another name.' };
export const ITEMS_INPUT = { type: 'array', items: { type: 'string' }, minItems: 1 };
export const DEFAULT_LIST = 'shopping';
const LEAST_OF_TODO = 0.85;
const LEAST_CLOSENESS = 0.65;
const EDGES = new Set(
  'both needs need to on onto from off of my the a an some please it into in at also for me with them these those that this be can could should must would we i you have has got again now already any more anymore longer not so up there is are down'.split(
    ' ',
  ),
);

/** Things to buy, and the words that sound the same. */
const ITEM_HOMOPHONES = new Map(
  'ex:eggs x:eggs flower:flour leaks:leeks beats:beets currents:currants meet:meat stake:steak stakes:steaks pairs:pears bred:bread braid:bread serial:cereal muscles:mussels moose:mousse'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string]),
);

/** By a tool's input. */
export const listOf = (input: Record<string, unknown>): string =>
  (textOf(input, 'list') ?? DEFAULT_LIST).toLowerCase().replace(/ list$/, '');

/** Which list was named; its words may be taken already. */
export function listHeard(reading: Interpretation): string {
  const task = reading.hears(TODO);
  return task >= LEAST_OF_TODO && task > reading.hears(SHOPPING) ? 'to do' : DEFAULT_LIST;
}

/** "milk, eggs and bread". A task is one item, and has commas where the recogniser heard a pause. */
export function takeItems(reading: Interpretation, list: string, from = 0, to = reading.words.length): string[] {
  const items: string[][] = [[]];
  for (let at = from; at < to; at++) {
    const word = reading.words[at];
    if (!word || !reading.isFree(at)) continue;
    reading.explain(at, at + 1, 0.85);
    const name = list === DEFAULT_LIST ? ITEM_HOMOPHONES.get(word.text) : undefined;
    if (word.text !== 'and') items.at(-1)?.push(name ?? word.raw);
    if (word.text === 'and' || (word.hasComma && list !== 'to do')) items.push([]);
  }
  return items.map(trimmed).filter((item) => item !== '');
}

function trimmed(words: string[]): string {
  const rest = [...words];
  while (rest.length > 0 && EDGES.has(rest[0]?.toLowerCase() ?? '')) rest.shift();
  while (rest.length > 0 && EDGES.has(rest.at(-1)?.toLowerCase() ?? '')) rest.pop();
  return rest.join(' ');
}

/** The item on a list that was meant: it was not always heard in the same way. */
export function closestItem(item: string, there: readonly string[]): string | undefined {
  const [best] = there
    .map((each) => ({ each, closeness: nameCloseness(each, item) }))
    .sort((a, b) => b.closeness - a.closeness);
  return best && best.closeness >= LEAST_CLOSENESS ? best.each : undefined;
}
