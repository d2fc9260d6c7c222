/** How timers are named. */
import { type Interpretation, isFiller } from './heard/interpretation.ts';
import { nameCloseness } from './timer-names.ts';

export const TIMER = 'timer|timers|countdown|~time her|~timeer';
export const MISHEARD_ADD = '=at|=and|=that|=had|=ad|=bad';
export const MAX_TIMER_S = 7 * 86_400;
export const LABEL = {
  type: 'string',
  description: 'What the timer is for, for example `pasta`. Leave it out if it has no name.',
};

/** Words before "timer" that are no name of it. */
const NO_NAME = new Set(
  `a an the my this that minute minutes second seconds hour hours set start make new another all any of and one other long what which
  cancel stop delete remove more to for on off is our your its running current last first active there some no timer have does end show
  please put i up need me add kill clear every both these those want when with have has how many how`.split(/\s+/),
);
/** A name may be split by the recogniser: "past a timer". */
const MAX_WORDS = 3;

/** What timers are mostly called. Another name that sounds like one of these was probably misheard: "past timer". */
const USUAL_NAMES =
  'pasta spaghetti noodles rice egg eggs pizza tea coffee bread cake cookies muffins pie potatoes fries chicken turkey fish steak bacon sausages roast soup stew sauce beans vegetables broccoli lasagna toast dough oven grill kettle laundry washing dryer dishes break nap workout exercise homework reading shower bath meditation'.split(
    ' ',
  );
const LEAST_OF_USUAL = 0.78;

export function usualName(label: string): string {
  const heard = label.toLowerCase();
  if (USUAL_NAMES.includes(heard)) return label;
  const [best] = USUAL_NAMES.map((name) => ({ name, closeness: nameCloseness(name, heard) })).sort(
    (a, b) => b.closeness - a.closeness,
  );
  return best && best.closeness >= LEAST_OF_USUAL ? best.name : label;
}

/** "pasta timer", "timer called pizza", "timer for the tea" */
export function takeLabel(reading: Interpretation): { label?: string } {
  const { label } = readLabel(reading);
  return label === undefined ? {} : { label: usualName(label) };
}

function readLabel(reading: Interpretation): { label?: string } {
  const called = reading.take('=call it|=name it|=called|=named|=labeled|=with the name|=for the|=for my');
  if (called && called.to < reading.words.length) {
    const label = reading.text(called.to);
    if (label) return { label };
  }
  const timer = reading.words.findIndex(({ text }) => text === 'timer' || text === 'timers');
  // "A timer for pasta", "label a timer pasta"
  const after = timer + (/^(?:for|with)$/.test(reading.words[timer + 1]?.text ?? '') ? 2 : 1);
  if (
    timer >= 0 &&
    after === reading.words.length - 1 &&
    reading.isFree(after) &&
    !isFiller(reading.words[after]?.text ?? '') &&
    !NO_NAME.has(reading.words[after]?.text ?? '')
  ) {
    reading.explain(timer + 1, after + 1);
    return { label: reading.words[after]?.raw ?? '' };
  }
  let from = timer;
  while (from > 0 && timer - from < MAX_WORDS && isOfName(reading, from - 1, from === timer)) from--;
  while (from < timer && NO_NAME.has(reading.words[from]?.text ?? '')) from++;
  if (timer < 0 || from === timer) return {};
  reading.explain(from, timer);
  return {
    label: reading.words
      .slice(from, timer)
      .map(({ raw }) => raw)
      .join(' '),
  };
}

function isOfName(reading: Interpretation, at: number, isLast: boolean): boolean {
  const word = reading.words[at]?.text ?? '';
  if (!reading.isFree(at) || /^\d/.test(word)) return false;
  return !NO_NAME.has(word) || (isLast && word === 'a');
}
