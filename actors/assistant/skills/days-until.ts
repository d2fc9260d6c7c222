/** Counts the days until a day. */

import { dayNumber, localTime } from './calendar/zoned-time.ts';
import { dayNamed } from './date.ts';
import { takeDay } from './heard/days.ts';
import { parameters, requiredText } from './input.ts';
import type { Skill } from './skill.ts';
import { counted, sentence } from './spoken/numbers.ts';
import { spokenDay } from './spoken/times.ts';

export const daysUntil: Skill = {
  tool: () => ({
    name: 'days_until',
    description: 'How many days it is until a day, or since it.',
    parameters: parameters({
      day: { type: 'string', description: 'For example `Christmas`, `next Friday`, `July 14`, `2026-12-24`.' },
    }),
    effect: 'reads',
    async call(input, { nowMs, device }) {
      const today = localTime(nowMs, device.timeZone);
      const { day, name } = await dayNamed(requiredText(input, 'day'), today);
      const days = dayNumber(day) - dayNumber(today);
      const which = /^[A-Z]/.test(name) ? name : spokenDay(day, today);
      if (days === 0) return `${sentence(which)} is today.`;
      if (days < 0) return `${sentence(which)} was ${counted(-days, 'day')} ago.`;
      const weeks =
        days >= 14
          ? `, that is ${counted(Math.floor(days / 7), 'week')}${days % 7 ? ` and ${counted(days % 7, 'day')}` : ''}`
          : '';
      return `It is ${counted(days, 'day')} until ${which}${weeks}.`;
    },
  }),
  rules: [
    {
      // "How far off is Easter?" "How soon is Christmas?"
      needs: [
        'how far off|how far away|how far|how soon|how much longer|how many days|how many more days|how many nights|how long|=still long|how many weeks|how many more weeks',
      ],
      also: 'is it|is|it|are there|do we have|have to wait|wait|until|till|to|for|before|when is|still|days|left|in|more|away|off|we|i',
      not: 'timer|alarm|hours|minutes|=list',
      read(reading, { nowMs, timeZone }) {
        const day = takeDay(reading, localTime(nowMs, timeZone));
        return day && { day: day.text };
      },
    },
    {
      needs: [
        'how many days|how many weeks|how long|count the days|number of days|days left|how many more days|days are left|how many nights|days',
        'until|till|to|before|till the',
      ],
      also: 'is it|are left|are there|are it|left|we have|tell me|there are|remain|do we have|have to wait|count',
      not: 'timer|alarm|hours|minutes',
      read(reading, { nowMs, timeZone }) {
        const day = takeDay(reading, localTime(nowMs, timeZone));
        return day && { day: day.text };
      },
    },
  ],
  phrasings: [
    'how many days until christmas',
    'how long is it until my birthday',
    'count the days until summer',
    'days left until new year',
    'how many weeks until easter',
  ],
};
