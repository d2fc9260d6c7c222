/** Reminders: something to do, and when. */
import type { ToolContext } from '../parts/tool.ts';
import { loadDays } from './heard/days.ts';
import type { Interpretation } from './heard/interpretation.ts';
import { type Due, type LocalNow, parseIsoTime, takeMoment } from './heard/moments.ts';
import { numberOf, parameters, requiredText, textOf, wrongInput } from './input.ts';
import { Question, type Skill } from './skill.ts';
import { counted, enumerated } from './spoken/numbers.ts';
import { spokenDuration, spokenMoment } from './spoken/times.ts';
import { named } from './timer-names.ts';

const REMIND =
  'remind me|~free mind me|~mind me|~re mind me|~green mine me|~green minded me|~green mind me|~where he minded me|~bring mine me|~bring mind me|~were he mind me|~where he mind me|~worry mind me|remind|reminder|reminders|do not let me forget|do not forget';
const CANCEL =
  'cancel|delete|remove|clear|get rid of|do not need|~very moved|~very move|~were he moved|~bring with|~bring you of|~deleague|~you leave';
const MAX_S = 366 * 86_400;

export const WHEN = {
  'at?': {
    type: 'string',
    description: 'Local time of the person, ISO 8601 without an offset: `2026-12-24T18:00`. Either this or `after_s`.',
  },
  'after_s?': { type: 'number', minimum: 1, maximum: MAX_S, description: 'Seconds from now.' },
};

/** When a tool's input says. @throws EarshotError `tool_input` */
export function momentOf(
  input: Record<string, unknown>,
  { nowMs, device }: Pick<ToolContext, 'nowMs' | 'device'>,
): number {
  const afterS = numberOf(input, 'after_s', 1, MAX_S);
  if (afterS !== undefined) return nowMs + afterS * 1_000;
  const atMs = parseIsoTime(textOf(input, 'at') ?? '', device.timeZone);
  if (atMs === undefined) throw wrongInput('at', 'a local time like `2026-12-24T18:00`');
  if (atMs <= nowMs) throw wrongInput('at', 'a time in the future');
  return atMs;
}

export function momentInput(moment: Due): Record<string, unknown> {
  return 'at' in moment ? { at: moment.at } : { after_s: moment.afterS };
}

export const sayWhen = (atMs: number, { nowMs, device }: Pick<ToolContext, 'nowMs' | 'device'>): string =>
  atMs - nowMs < 3_600_000 && (atMs - nowMs) % 60_000 === 0
    ? `in ${spokenDuration((atMs - nowMs) / 1_000)}`
    : spokenMoment(atMs, nowMs, device);

const askWhen = (input: Record<string, unknown>): Question =>
  new Question('When?', input, (reading, now) => {
    const moment = takeMoment(reading, now, 'reminds');
    return moment && momentInput(moment);
  });

const HEARD_WELL =
  '=remind|=reminder|=reminders|=forget|=mind|=tell|=sure|=ask|=reminding|=reminded|=nudge|=remember|=see|=get';

/** What is to be done, and when, in any order. What only sounds like "remind me" must stand at the beginning. */
function readReminder(reading: Interpretation, now: LocalNow): Record<string, unknown> | Question | undefined {
  if (reading.isQuestion()) return undefined;
  if (reading.isFree(0) && reading.isFree(1) && reading.hears(HEARD_WELL) < 1) return undefined;
  // "Romeo and Juliet" sounds like it, too.
  if (reading.hears(HEARD_WELL) < 1 && reading.hears('=me|=to|=about|=that') === 0) return undefined;
  const moment = takeMoment(reading, now, 'reminds');
  const text = reading.text();
  const input = text ? { text } : {};
  if (!moment) return askWhen(input);
  const known = { ...input, ...momentInput(moment) };
  if (text) return known;
  return new Question('What shall I remind you of?', known, (answer) => {
    const said = answer.text();
    return said ? { text: said } : undefined;
  });
}

export const setReminder: Skill = {
  tool: ({ reminders }) => ({
    name: 'set_reminder',
    description: 'Reminds the person of something at a time.',
    parameters: parameters({ text: { type: 'string', description: 'What to do, for example `call mom`.' }, ...WHEN }),
    effect: 'changes',
    async call(input, context) {
      await loadDays();
      const text = requiredText(input, 'text');
      const atMs = momentOf(input, context);
      await reminders.add(context.device.name, { id: context.makeId?.(), kind: 'reminder', label: text, atMs });
      return `I will remind you ${sayWhen(atMs, context)}: ${asSaid(text)}.`;
    },
  }),
  rules: [
    {
      needs: [REMIND],
      also: 'set|a reminder|reminder|can you|please|need|make|create|about|could|that i|give me|i have|i need|for|i am supposed to|i should|i must|i ought to|so',
      not: 'cancel|delete|remove|what are|do i have|read|list|which|=you will remind|=hear my reminders|=hear the reminders|=what the date|=what date|=what day|=what time|=what year',
      read: readReminder,
    },
    {
      // "Tell me to feed the cat in an hour." "Make sure I call Anna at five."
      needs: [
        '=tell me|=nudge me|=have to remember to|=need to remember to|=make sure|=see to it that|=ask me to|=need reminding|=need to be reminded|=want to be reminded|=not want to forget|=not forget|=must not forget|=should not forget|=get me to',
      ],
      also: 'i|that i|please|to|of|about|that|can you|could you',
      not: 'timer|alarm|=time|=list|=when|=wake|=awake|=up|=joke|=date|=day',
      read(reading, now) {
        const found = readReminder(reading, now);
        return found instanceof Question ? undefined : found;
      },
    },
  ],
  phrasings: [
    'remind me to call mom tomorrow',
    'set a reminder',
    'remind me at six',
    'remind me in ten minutes',
    'do not let me forget the meeting',
    'i need a reminder for friday',
  ],
};

/** "my" is "your" when it is said back. */
function asSaid(text: string): string {
  return text
    .replace(/\bmy\b/gi, 'your')
    .replace(/\bme\b/gi, 'you')
    .replace(/\bmyself\b/gi, 'yourself');
}

export const listReminders: Skill = {
  tool: ({ reminders }) => ({
    name: 'list_reminders',
    description: 'The reminders that are still to come.',
    parameters: parameters({}),
    effect: 'reads',
    async call(_input, { device, nowMs }) {
      const all = named(await reminders.list(device.name), 'reminder', undefined);
      if (all.length === 0) return 'You have no reminders.';
      const parts = all.slice(0, 5).map(({ label, atMs }) => `${asSaid(label)}, ${spokenMoment(atMs, nowMs, device)}`);
      const more = all.length > 5 ? `; and ${all.length - 5} more` : '';
      return `You have ${counted(all.length, 'reminder')}: ${parts.join('; ')}${more}.`;
    },
  }),
  rules: [
    {
      needs: [
        'do i have to remember|do i need to remember|should i remember|must i remember|do i want to remember|did i want to remember|should i not forget|must i not forget|do i have to think of|should i think of|=need to remember|=should remember|=have to remember|=got to remember|=to remember|=is coming up|=will remind me of|=be reminded of|=wanted to be reminded',
      ],
      also: 'what|today|tomorrow|tell me|still|is there|anything|something|did|want|have|got|do|you|there',
      not: 'remind me to|=buy|list|set a',
      whole: 'what do i have to remember|what do i need to remember|what should i remember',
    },
    {
      needs: [
        'reminder|reminders|remind me of|remind me about',
        'what are|do i have|have i got|read|list|which|what|tell me|how many|show|are there|any|give me my|anything|=hear',
      ],
      also: 'my|to me|on|list|did i ask you|are set|ask|any|have|there|set|got|coming up|still|me|you will|ones',
      not: 'set a|cancel|delete|remind me to|remind me at',
      whole:
        'what are my reminders|do i have any reminders|read my reminders|what reminders do i have|tell me my reminders',
    },
  ],
  phrasings: [
    'what are my reminders',
    'do i have any reminders',
    'read my reminders',
    'list all reminders',
    'which reminders are there',
  ],
};

export const cancelReminder: Skill = {
  tool: ({ reminders }) => ({
    name: 'cancel_reminder',
    description: 'Deletes a reminder by what it is about, the only one, or all.',
    parameters: parameters({
      'text?': { type: 'string', description: 'What the reminder is about.' },
      'all?': { type: 'boolean', description: 'Delete all reminders.' },
    }),
    effect: 'changes',
    async call(input, { device }) {
      const list = await reminders.list(device.name);
      const all = named(list, 'reminder', undefined);
      if (all.length === 0) return 'You have no reminders.';
      const text = textOf(input, 'text');
      const chosen = input.all === true ? all : named(list, 'reminder', text);
      if (chosen.length !== 1 && input.all !== true)
        return `You have ${counted(all.length, 'reminder')}: ${enumerated(all.map(({ label }) => asSaid(label)))}. Say which one to cancel.`;
      for (const { id } of chosen) await reminders.cancel(device.name, id);
      return chosen.length === 1
        ? `I cancelled the reminder: ${asSaid(chosen[0]?.label ?? '')}.`
        : `I cancelled ${counted(chosen.length, 'reminder')}.`;
    },
  }),
  rules: [
    {
      needs: ['reminders|reminder', CANCEL, '=all|=every|=reminders'],
      also: 'my|all',
      whole:
        'cancel all my reminders|delete all reminders|cancel all reminders|delete all my reminders|clear my reminders',
      read: () => ({ all: true }),
    },
    {
      needs: ['reminder|the reminder', CANCEL],
      also: 'about|anymore|please',
      read(reading) {
        const text = reading.text();
        return text ? { text } : {};
      },
    },
  ],
  phrasings: [
    'cancel my reminder',
    'delete all reminders',
    'remove the reminder',
    'i do not need the reminder anymore',
    'clear my reminders',
  ],
};
