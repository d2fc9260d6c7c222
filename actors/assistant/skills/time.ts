/** The time, here or elsewhere, now, later or before. */

import { findPlace, placeGroup } from './calendar/places.ts';
import { takeDuration } from './heard/durations.ts';
import { numberOf, parameters, textOf, wrongInput } from './input.ts';
import { Question, type Skill } from './skill.ts';
import { sentence } from './spoken/numbers.ts';
import { spokenDuration, spokenTime } from './spoken/times.ts';

/** Places are many: a name must have been heard well. */
const LEAST_OF_PLACE = 0.78;
const MAX_OFFSET_S = 366 * 86_400;

const askPlace = (): Question =>
  new Question('In which city?', {}, (reading) => {
    const place = reading.take(placeGroup(), LEAST_OF_PLACE);
    return place && { place: place.phrase };
  });

function whenItIs(afterS: number): string {
  if (afterS === 0) return 'It is';
  const duration = spokenDuration(Math.abs(afterS));
  return afterS > 0 ? `In ${duration} it will be` : sentence(`${duration} ago it was`);
}

export const time: Skill = {
  tool: () => ({
    name: 'get_time',
    description: 'The time, now or some time from now, where the person is or in another city, country or time zone.',
    parameters: parameters({
      'place?': { type: 'string', description: 'A city, a country or an IANA time zone. Leave it out for here.' },
      'after_s?': {
        type: 'number',
        minimum: -MAX_OFFSET_S,
        maximum: MAX_OFFSET_S,
        description: 'Seconds from now; negative: seconds ago. Leave it out for now.',
      },
    }),
    effect: 'reads',
    async call(input, { nowMs, device }) {
      const afterS = numberOf(input, 'after_s', -MAX_OFFSET_S, MAX_OFFSET_S) ?? 0;
      const name = textOf(input, 'place');
      const place = name === undefined ? undefined : findPlace(name);
      if (name !== undefined && !place) throw wrongInput('place', 'a large city, a country or a time zone');
      const clock = { ...device, timeZone: place?.timeZone ?? device.timeZone };
      return `${whenItIs(afterS)} ${spokenTime(nowMs + afterS * 1_000, clock)}${place ? ` in ${place.name}` : ''}.`;
    },
  }),
  rules: [
    {
      // "What time is it in two hours?"
      needs: [
        'what time|the time|time is it|time it is|time will it be|time was it|how late|what hour|=the clock say|=the clock show',
      ],
      also: 'what|tell me|do you know|clock|say|would be|was it|going to be|be|is it|it is|will|would|was|have been|exactly|going',
      not: 'timer|alarm|left|ring|=start|=close|=open|=begin',
      read(reading) {
        reading.takeAll('if i wait|if we wait|when i wait');
        const isPast = reading.take('=ago|=earlier|=before now') !== undefined;
        if (!isPast && !reading.take('=in|=from now|=later|=after|=will it be|=would it be')) return undefined;
        const duration = takeDuration(reading);
        if (duration === undefined) return undefined;
        const place = reading.hears('=in') === 1 ? reading.take(placeGroup(), LEAST_OF_PLACE) : undefined;
        reading.takeAll('in');
        return { after_s: isPast ? -duration : duration, ...(place && { place: place.phrase }) };
      },
    },
    {
      needs: [
        'what time|the time|time is it|time it is|current time|local time|how late|what is the hour|=the hour',
        '=in|=at|=over in|=into',
      ],
      also: 'tell me|do you know|is it|it is|currently|right now|at the moment|what|current|local|give me|now|know|look up|check|find out|would be',
      not: 'timer|alarm',
      read(reading) {
        // "In two hours" is no city.
        if (reading.hears('=an hour|=one hour|=half hour|=hours|=minute|=minutes') > 0) return undefined;
        const place = reading.take(placeGroup(), LEAST_OF_PLACE);
        if (place) return { place: place.phrase };
        return reading.hears('=time|=late') === 1 && reading.text() !== '' ? askPlace() : undefined;
      },
    },
    {
      // "Paris time, please." "Is it late in New York?"
      needs: ['=time|=late|=early|=clock'],
      also: 'what|is|it|show|shows|showing|say|says|now|please|do they have|have|they|there|know',
      not: 'timer|alarm|=hour|=hours|=minute|=minutes',
      read(reading) {
        const place = reading.take(placeGroup(), LEAST_OF_PLACE);
        return place && { place: place.phrase };
      },
    },
    {
      needs: [
        'what time|the time|time is it|time it is|current time|how late|what is the hour|what hour|=time check|=check the time|=time please|=got the time',
      ],
      also: 'tell me|do you know|is it|it is|currently|right now|at the moment|what|current|have|give me|now|know|got|here|exact',
      not: 'timer|alarm|left|ring|=in|=start|=close|=open|=begin',
      whole:
        'what time is it|what is the time|tell me the time|what time do we have|could you tell me the time|do you know what time it is|how late is it|what time is it now|have you got the time|what does the clock say',
    },
  ],
  phrasings: [
    'what is the time',
    'tell me the time',
    'do you have the time',
    'what time is it now',
    'how late is it',
    'could you tell me what time it is',
    'what does the clock say',
  ],
};
