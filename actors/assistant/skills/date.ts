/** The date and the day of the week, of today and of other days. */

import { type CalendarDay, dayNumber, localTime } from './calendar/zoned-time.ts';
import { loadDays, parseDay, takeDay } from './heard/days.ts';
import { heardWords, Interpretation } from './heard/interpretation.ts';
import { parameters, textOf, wrongInput } from './input.ts';
import type { Skill } from './skill.ts';
import { sentence } from './spoken/numbers.ts';
import { spokenDay } from './spoken/times.ts';

/** A day as a tool's input names it. @throws EarshotError `tool_input` */
export async function dayNamed(text: string, today: CalendarDay): Promise<{ day: CalendarDay; name: string }> {
  await loadDays();
  const iso = /^\d{4}-/.test(text) ? parseDay(text, today) : undefined;
  if (iso) return { day: iso.day, name: text };
  const found = takeDay(new Interpretation(heardWords(text)), today);
  if (!found) throw wrongInput('day', 'a day, for example `tomorrow`, `next Friday`, `Christmas` or `2026-12-24`');
  return { day: found.day, name: found.text };
}

/** No other day than today: "the date right now", "the day of the month". */
const NO_DAY = /^(?:today|now|(?:the|this) (?:day|week|month|year))\b/;

const WEEKDAYS = 'monday|tuesday|wednesday|thursday|friday|saturday|sunday';

export const date: Skill = {
  tool: () => ({
    name: 'get_date',
    description: 'The date and the day of the week, of today or of another day.',
    parameters: parameters({
      'day?': {
        type: 'string',
        description:
          'For example `tomorrow`, `next Friday`, `in 10 days`, `Christmas`, `2026-12-24`. Leave it out for today.',
      },
    }),
    effect: 'reads',
    async call(input, { nowMs, device }) {
      const today = localTime(nowMs, device.timeZone);
      const text = textOf(input, 'day');
      if (text === undefined) return `Today is ${spokenDay(today, { ...today, year: 0 })}.`;
      const { day, name } = await dayNamed(text, today);
      const isPast = dayNumber(day) < dayNumber(today);
      const isRelative = /^(today|tomorrow|yesterday)$/i.test(name);
      const subject = isRelative || /^[A-Z]/.test(name) ? sentence(name) : 'That';
      return `${subject} ${isPast ? 'was' : 'is'} ${spokenDay(day, today)}.`;
    },
  }),
  rules: [
    {
      needs: [
        '=when is|=one is|=when his|=when will|=when does|=when was|=when do we have|=when do we celebrate|=when are',
      ],
      also: 'this year|next year|be|on|the|it',
      not: 'timer|alarm|reminder|=born',
      read(reading, { nowMs, timeZone }) {
        const day = takeDay(reading, localTime(nowMs, timeZone));
        return day && { day: day.text };
      },
    },
    {
      // "Is it Monday today?"
      needs: ['=is it|=is today', WEEKDAYS],
      also: `today|or|${WEEKDAYS}|already`,
      not: 'how|until',
    },
    {
      needs: [
        'what day|which day|weekday|day of the week|the date|what date|todays date|date of|what is the date|date is it|=day of the month|date today|current date|day is it|day it is|week day|=date|=what is today',
      ],
      also: 'tell me|do you know|is it|this year|will it be|was it|what|which|week|on which|give me|is|does|fall on|fall|falls|the day|date|current|today date|know|we have|have|got|forgot|need|going to be|comes|come',
      not: 'how many|how long|until|=weather|=like|list|timer|alarm|remind',
      whole:
        'what day is it|what day is it today|what is the date|what is todays date|which day of the week is it|can you tell me the date|what is the date today|what day is today|tell me the date|what weekday is it',
      read(reading, { nowMs, timeZone }) {
        if (reading.hears('=or what|=or which') === 1) {
          reading.takeAll(`${WEEKDAYS}|today`);
          return {};
        }
        const day = takeDay(reading, localTime(nowMs, timeZone));
        return day && !NO_DAY.test(day.text) ? { day: day.text } : {};
      },
    },
    {
      needs: [
        'what year|which year|~what here|~what ear|what month|which month|year is it|month is it|year it is|month it is|current year|current month|=the year|=the month|=this month',
      ],
      also: 'tell me|it is|is it|now|do you know|what|which|give me|do we have|we have|have we got|are we in|have|got|in',
      not: 'how many|how long|until|days|birthday',
      whole: 'what year is it|which month is it|what month is it',
    },
  ],
  phrasings: [
    'what is the date today',
    'which day is it',
    'what day is today',
    'tell me the date',
    'what weekday do we have',
    'what is the date',
    'what year is it',
    'which month do we have',
  ],
};
