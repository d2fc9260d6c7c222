/** The time, here or elsewhere. */

import { findPlace, placeGroup } from './calendar/places.ts';
import { parameters, textOf, wrongInput } from './input.ts';
import { Question, type Skill } from './skill.ts';
import { spokenTime } from './spoken/times.ts';

/** Places are many: a name must have been heard well. */
const LEAST_OF_PLACE = 0.78;

const askPlace = (): Question =>
  new Question('In which city?', {}, (reading) => {
    const place = reading.take(placeGroup(), LEAST_OF_PLACE);
    return place && { place: place.phrase };
  });

export const time: Skill = {
  tool: () => ({
    name: 'get_time',
    description: 'The current time, where the person is or in another city, country or time zone.',
    parameters: parameters({
      'place?': { type: 'string', description: 'A city, a country or an IANA time zone. Leave it out for here.' },
    }),
    effect: 'reads',
    async call(input, { nowMs, device }) {
      const name = textOf(input, 'place');
      if (name === undefined) return `It is ${spokenTime(nowMs, device)}.`;
      const place = findPlace(name);
      if (!place) throw wrongInput('place', 'a large city, a country or a time zone');
      return `It is ${spokenTime(nowMs, { ...device, timeZone: place.timeZone })} in ${place.name}.`;
    },
  }),
  rules: [
    {
      needs: [
        'what time|the time|time is it|time it is|current time|local time|how late|what is the hour',
        '=in|=at|=over in|=into',
      ],
      also: 'tell me|do you know|is it|it is|currently|right now|at the moment|what|current|local|give me|now|know',
      not: 'timer|alarm',
      read(reading) {
        const place = reading.take(placeGroup(), LEAST_OF_PLACE);
        if (place) return { place: place.phrase };
        return reading.hears('=time|=late') === 1 && reading.text() !== '' ? askPlace() : undefined;
      },
    },
    {
      needs: ['what time|the time|time is it|time it is|current time|how late|what is the hour|what hour'],
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
