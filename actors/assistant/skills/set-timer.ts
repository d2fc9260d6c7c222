/** Starts a timer. There can be several, with or without a name. */
import { takeDuration } from './heard/durations.ts';
import type { Interpretation } from './heard/interpretation.ts';
import { parameters, requiredNumber, textOf } from './input.ts';
import { Question, type ReadInput, type Skill } from './skill.ts';
import { sentence } from './spoken/numbers.ts';
import { spokenDuration } from './spoken/times.ts';
import { LABEL, MAX_TIMER_S, takeLabel, usualName } from './timer-words.ts';

const TIMER =
  'timer|timers|countdown|count down|~time worth|~timer for|~time of war|~time of our|~time or|~time for|~time of|~tamer|~timeer|~tie more|~tiger|~timber|=the clock|=a clock|=stopwatch|=stop watch';
const NOT =
  'cancel|delete|stop|left|remaining|add|extend|longer|how much|how long|how many|check|remind me|reminder|get rid|more|alarm|what time is|status|=put another|=give me another|=add another|=need another|=to the timer|=to my timer';

export function askDuration(input: Record<string, unknown>): Question {
  return new Question('For how long?', input, (reading) => {
    const seconds = takeDuration(reading) ?? minutesAlone(reading);
    return seconds === undefined ? undefined : { duration_s: seconds };
  });
}

/** "Ten.": minutes. */
function minutesAlone(reading: Interpretation): number | undefined {
  const minutes = reading.number('near');
  return minutes === undefined || reading.coverage() < 0.6 ? undefined : minutes * 60;
}

/** Without a duration it is asked for, if it was clearly a command. */
function readTimer(reading: Interpretation): ReadInput | undefined {
  // "At five minutes to the timer"
  const isAdded =
    /^(at|and|that|had|ad|bad)$/.test(reading.words[0]?.text ?? '') &&
    reading.hears('=to the|=to my|=on the|=on my') > 0;
  if (isAdded) return undefined;
  const duration = takeDuration(reading);
  const label = takeLabel(reading);
  if (duration !== undefined) return { duration_s: duration, ...label };
  if (reading.isQuestion()) return undefined;
  return reading.hears('timer|timers|countdown') === 1 && reading.hears(COMMAND) === 1 ? askDuration(label) : undefined;
}

/** "Ten minutes": nothing else is said of it. */
function durationOnly(reading: Interpretation): Record<string, unknown> | undefined {
  const duration = takeDuration(reading);
  return duration === undefined ? undefined : { duration_s: duration };
}

const NEEDS =
  '=needs to boil for|=needs to cook for|=needs to bake for|=need to boil for|=need to cook for|=needs|=need|=takes|=take|=has to cook for|=have to cook for|=has to bake for|=have to bake for|=must cook for|=must bake for|=has to boil for|=have to boil for|=must boil for|=cooks for|=bakes for|=boils for|=give the';

/** What it is for, and how long: "the rice needs twelve minutes", "four minutes for the eggs", "give the pizza ten minutes". */
function readNamedDuration(reading: Interpretation): Record<string, unknown> | undefined {
  const duration = takeDuration(reading);
  if (duration === undefined || reading.isQuestion()) return undefined;
  const named = reading.take(`${NEEDS}|=time the|=time my|=cook the|=boil the|=bake the|=for the|=for my`);
  if (!named) return undefined;
  reading.takeAll(
    'set a timer|start a timer|set the timer|start the timer|make a timer|a timer|timer|time it|time that|set|start|please',
  );
  const label = reading.text();
  return label && label.split(' ').length <= MAX_LABEL_WORDS
    ? { duration_s: duration, label: usualName(label) }
    : undefined;
}

const PASSED =
  'are up|is up|are over|is over|have passed|has passed|have gone by|has gone by|have elapsed|are done|is done|gone by|passed|past|later|up|over';
const MAX_LABEL_WORDS = 3;
const COMMAND = '=set|=start|=make|=create|=need|=want|=new|=begin|=give|=put|=run';

/** "And another one for twenty minutes." */
const ANOTHER =
  '=another timer|=second timer|=one more timer|=additional timer|=extra timer|=third timer|=other timer|=another one|=a second one|=one more|=plus one|=and one';

export const setTimer: Skill = {
  tool: ({ reminders }) => ({
    name: 'set_timer',
    description: 'Starts a timer that rings on the device. There can be several; a name keeps them apart.',
    parameters: parameters({
      duration_s: { type: 'number', minimum: 1, maximum: MAX_TIMER_S, description: 'Seconds from now.' },
      'label?': LABEL,
    }),
    effect: 'changes',
    async call(input, { device, nowMs, makeId }) {
      const durationMs = Math.round(requiredNumber(input, 'duration_s', 1, MAX_TIMER_S)) * 1_000;
      const label = textOf(input, 'label') ?? '';
      await reminders.add(device.name, { id: makeId?.(), kind: 'timer', label, atMs: nowMs + durationMs, durationMs });
      return `${label ? sentence(`${label} timer`) : 'Timer'} set for ${spokenDuration(durationMs / 1_000)}.`;
    },
  }),
  rules: [
    {
      needs: [TIMER],
      also: 'set|start|make|create|give me|need|please|a new|new|put|begin|run|from|another|can you|lasting|that lasts|long|said|want|time|count|counting|down|on|go ahead|run|would|get|we|let|do|make|just|said',
      not: NOT,
      read: readTimer,
    },
    {
      needs: [ANOTHER, '=for|=of|=in|=lasting|=with'],
      also: 'set|start|and|add|make|give me|need|also|then|now|please|a|create|run|timer|of|for',
      not: 'cancel|delete|stop|left|longer|remind|alarm|list|=minutes more|=to the timer|=to my timer|=to go',
      read(reading) {
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: duration, ...takeLabel(reading) };
      },
    },
    {
      // "Set one more timer, twenty minutes."
      needs: ['=another timer|=second timer|=one more timer|=extra timer'],
      also: 'set|start|and|make|give me|need|also|then|now|please|a|create|run',
      not: 'cancel|delete|stop|left|longer|remind|alarm|list|=minutes more|=to go',
      read: durationOnly,
    },
    {
      needs: ['set|start|begin|~said|~sat|~sad', '~time|~a tie|~a dime|~a tam|~a tire|~a tower|~a tiger|~a title'],
      also: 'for|of|a|or|our|war|four|worth',
      not: NOT,
      read(reading) {
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: duration };
      },
    },
    {
      needs: ['=set|=start|=new|=make|~started|~sparter', TIMER],
      not: `${NOT}|minutes|seconds|hours|hour|minute`,
      whole: 'set a timer|start a timer|start a new timer|i want to set a timer|set a new timer|make a timer',
      read: (reading) => askDuration(takeLabel(reading)),
    },
    {
      // "Tell me when ten minutes have passed." "Beep in five minutes."
      needs: [
        '=let me know|=tell me|=call me|=alert|=notify|=inform me|=warn me|=ring|=beep|=say something|=heads up|=buzz|=ping me|=shout|=give me a shout|=give me a signal|=say when|=holler|=call out|=let us know',
        '=in|=after|=when|=once|=as soon as|=from now|~win|~one',
      ],
      also: `${PASSED}|me|could you|can you|for me|please|then|the|us`,
      not: `${NOT}|timer|=what|=the time|=current|=times|=forget`,
      read: durationOnly,
    },
    {
      // "Could you time ten minutes for me?" "Give me ten minutes."
      needs: [
        '=time|=count|=countdown|=count down|=counting down|=measure|=set me|=run down|=give me|=let me have|=i want|=i would like|=i need',
      ],
      also: `${PASSED}|could you|can you|start|starting|down|from|for me|please|let me have|off|run down|run|set`,
      not: `${NOT}|timer|=what|=the time|=current|=times|=another|=extra`,
      read: durationOnly,
    },
    {
      // "The rice needs twelve minutes." "Four minutes for the eggs, please."
      needs: [],
      not: `${NOT}|=another|=extra|=what|=i|=we|=you|=wake|=in|=left`,
      read: readNamedDuration,
    },
  ],
  phrasings: [
    'set a timer',
    'start a timer for three minutes',
    'timer ten seconds',
    'set a timer for one hour',
    'begin a countdown',
    'i need a timer',
    'start a pasta timer',
    'count down from ten minutes',
  ],
};
