/** Timers: several at a time, with or without a name. */
import { takeDuration } from './heard/durations.ts';
import type { Interpretation } from './heard/interpretation.ts';
import { numberOf, parameters, requiredNumber, textOf } from './input.ts';
import { Question, type Skill } from './skill.ts';
import { counted, enumerated, sentence } from './spoken/numbers.ts';
import { spokenDuration } from './spoken/times.ts';
import { named, timerName } from './timer-names.ts';

const TIMER = 'timer|timers|time worth|timer for|time of war|time of our|a timer|the timer|countdown|count down|tamer';
const MAX_S = 7 * 86_400;
const LABEL = {
  type: 'string',
  description: 'What the timer is for, for example `pasta`. Leave it out if it has no name.',
};
/** Words before "timer" that are no name of it. */
const NO_NAME = new Set(
  'a an the my this that minute minutes second seconds hour hours set start make new another all any of and one other long what which cancel stop delete remove more to for on off is time our your its running current last first active there some no timer'.split(
    ' ',
  ),
);

/** "pasta timer", "timer called pizza", "timer for the tea" */
function takeLabel(reading: Interpretation, at: { from: number; to: number } | undefined): { label?: string } {
  const called = reading.take('called|named|labeled|with the name|for the|for my');
  if (called) {
    const label = reading.text(called.to);
    if (label) return { label };
  }
  if (!at) return {};
  const word = reading.words[at.from - 1];
  if (!word || !reading.isFree(at.from - 1) || NO_NAME.has(word.text) || /^\d/.test(word.text)) return {};
  reading.explain(at.from - 1, at.from);
  return { label: word.raw };
}

const askDuration = (input: Record<string, unknown>): Question =>
  new Question('For how long?', input, (reading) => {
    const seconds = takeDuration(reading) ?? minutesAlone(reading);
    return seconds === undefined ? undefined : { duration_s: seconds };
  });

/** "Ten.": minutes. */
function minutesAlone(reading: Interpretation): number | undefined {
  const minutes = reading.number('near');
  return minutes === undefined || reading.coverage() < 0.6 ? undefined : minutes * 60;
}

export const setTimer: Skill = {
  tool: ({ reminders }) => ({
    name: 'set_timer',
    description: 'Starts a timer that rings on the device. There can be several; a name keeps them apart.',
    parameters: parameters({
      duration_s: { type: 'number', minimum: 1, maximum: MAX_S, description: 'Seconds from now.' },
      'label?': LABEL,
    }),
    effect: 'changes',
    async call(input, { device, nowMs }) {
      const durationS = Math.round(requiredNumber(input, 'duration_s', 1, MAX_S));
      const label = textOf(input, 'label') ?? '';
      await reminders.add(device.name, {
        kind: 'timer',
        label,
        atMs: nowMs + durationS * 1_000,
        durationMs: durationS * 1_000,
      });
      return `${label ? sentence(`${label} timer`) : 'Timer'} set for ${spokenDuration(durationS)}.`;
    },
  }),
  rules: [
    {
      needs: [TIMER],
      also: 'set|start|make|create|give me|need|please|a new|put|begin|run|from|another|begins|can you|lasting|that lasts|long',
      not: 'cancel|delete|stop|left|remaining|add|extend|longer|how much|how long|how many|check|remind me|get rid|more|alarm',
      read(reading) {
        const timer = reading.findAll('timer|timers')[0];
        const at = timer ?? lastTimer(reading);
        const duration = takeDuration(reading);
        const label = takeLabel(reading, at);
        if (duration === undefined) return isCommand(reading) ? askDuration(label) : undefined;
        return { duration_s: duration, ...label };
      },
    },
    {
      needs: ['set|start|said', 'a time|time|the time|a tamer|a tie|a dime'],
      not: 'cancel|delete|stop|left|remaining|add|extend|longer|how much|how long|how many|check|remind me|alarm|what',
      also: 'for|of|worth|our|war|a|four|or',
      read(reading) {
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: duration };
      },
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

function lastTimer(reading: Interpretation): { from: number; to: number } | undefined {
  const at = reading.words.findIndex(({ text }) => text === 'timer' || text === 'timers');
  return at < 0 ? undefined : { from: at, to: at + 1 };
}

const isCommand = (reading: Interpretation): boolean =>
  reading.words.some(({ text }) => /^(set|start|make|create|need|want|new|begin|give|put|run)$/.test(text)) ||
  reading.words.length <= 3;

export const cancelTimer: Skill = {
  tool: ({ reminders }) => ({
    name: 'cancel_timer',
    description: 'Cancels a timer by its name, the only one, or all.',
    parameters: parameters({ 'label?': LABEL, 'all?': { type: 'boolean', description: 'Cancel all timers.' } }),
    effect: 'changes',
    async call(input, { device }) {
      const label = textOf(input, 'label');
      const timers = await reminders.list(device.name);
      const all = named(timers, 'timer', undefined);
      if (all.length === 0) return 'There is no timer.';
      const chosen = input.all === true ? all : named(timers, 'timer', label);
      if (chosen.length === 0) return `There is no timer called ${label}. You have ${enumerated(all.map(timerName))}.`;
      if (chosen.length > 1 && input.all !== true)
        return `You have ${counted(all.length, 'timer')}: ${enumerated(all.map(timerName))}. Say which one to cancel, or cancel all timers.`;
      for (const { id } of chosen) await reminders.cancel(device.name, id);
      return chosen.length === 1
        ? `I cancelled ${timerName(chosen[0] as (typeof chosen)[0])}.`
        : `I cancelled ${counted(chosen.length, 'timer')}.`;
    },
  }),
  rules: [
    {
      needs: [
        '=timers|=timer',
        'cancel|stop|delete|remove|turn off|get rid of|end|clear|switch off|kill|abort|reset',
        '=all|=every|=both|=timers',
      ],
      also: 'my|all|of|running|please|the',
      read: () => ({ all: true }),
    },
    {
      needs: [
        'timer|the timer|countdown',
        'cancel|stop|delete|remove|turn off|get rid of|end|clear|switch off|kill|abort|reset|forget|do not need',
      ],
      also: 'running|please|anymore',
      not: 'add|reminder|when|how|alarm|all timers',
      read: (reading) => takeLabel(reading, lastTimer(reading)),
    },
  ],
  phrasings: [
    'cancel the timer',
    'stop the timer',
    'delete my timer',
    'turn off the timer',
    'cancel all timers',
    'i do not need the timer anymore',
  ],
};

export const timerStatus: Skill = {
  tool: ({ reminders }) => ({
    name: 'timer_status',
    description: 'Which timers run, and how much time is left on each.',
    parameters: parameters({ 'label?': LABEL }),
    effect: 'reads',
    async call(input, { device, nowMs }) {
      const timers = await reminders.list(device.name);
      const label = textOf(input, 'label');
      const chosen = named(timers, 'timer', label);
      const shown = chosen.length > 0 ? chosen : named(timers, 'timer', undefined);
      if (shown.length === 0) return 'There is no timer.';
      const parts = shown.map((timer) => `${spokenDuration((timer.atMs - nowMs) / 1_000)} left on ${timerName(timer)}`);
      return `There ${/^1 \w+ left/.test(parts[0] ?? '') ? 'is' : 'are'} ${enumerated(parts)}.`;
    },
  }),
  rules: [
    {
      needs: [
        'timer|timers|the timer|countdown',
        'left|remaining|how much|how long|when|how many|check|what|which|status|are there|do i have|running|is there|show|list|read|still',
      ],
      also: 'time|is|ring|rings|end|ends|done|over|go off|finished|minutes|seconds|until|have|tell me|any|set|long|much|on|active|does|will|running|my timers|go',
      not: 'cancel|delete|stop|add|extend',
      read: (reading) => takeLabel(reading, lastTimer(reading)),
    },
    {
      needs: [
        'how much time|how long|how much longer|how many minutes|how many more minutes',
        'left|remaining|remains|to go|have i got left|do i have',
      ],
      also: 'is|are|there|have|i|more|still|time',
      not: 'until christmas|days',
    },
  ],
  phrasings: [
    'how much time is left',
    'how long is left on the timer',
    'when does the timer ring',
    'check the timer',
    'what timers do i have',
    'how many minutes are left',
    'is the timer still running',
  ],
};

export const extendTimer: Skill = {
  tool: ({ reminders }) => ({
    name: 'extend_timer',
    description: 'Adds time to a running timer, or takes time off it.',
    parameters: parameters({
      duration_s: { type: 'number', description: 'Seconds to add; negative: to take off.' },
      'label?': LABEL,
    }),
    effect: 'changes',
    async call(input, { device, nowMs }) {
      const addedS = numberOf(input, 'duration_s', -MAX_S, MAX_S) ?? requiredNumber(input, 'duration_s', -MAX_S, MAX_S);
      const timers = await reminders.list(device.name);
      const chosen = named(timers, 'timer', textOf(input, 'label'));
      const [timer] = chosen.length > 0 ? chosen : named(timers, 'timer', undefined);
      if (!timer) return 'There is no timer.';
      const atMs = Math.max(nowMs + 1_000, timer.atMs + addedS * 1_000);
      const { id, ...same } = timer;
      await reminders.add(device.name, { ...same, atMs, durationMs: (timer.durationMs ?? 0) + addedS * 1_000 });
      await reminders.cancel(device.name, id);
      const change = addedS < 0 ? `I took ${spokenDuration(-addedS)} off` : `I added ${spokenDuration(addedS)}`;
      return `${change}. ${sentence(spokenDuration((atMs - nowMs) / 1_000))} left.`;
    },
  }),
  rules: [
    {
      needs: ['timer|timers|the timer|countdown', 'add|extend|more|longer|another|increase|prolong|extra|give me'],
      also: 'give me|to|by|on|make|put|more|please|add|the timer for|timer',
      not: 'cancel|delete|list',
      read(reading) {
        const at = lastTimer(reading);
        const duration = takeDuration(reading);
        const label = takeLabel(reading, at);
        return duration === undefined ? askDuration(label) : { duration_s: duration, ...label };
      },
    },
    {
      needs: ['timer|timers|the timer|countdown', 'shorten|shorter|take off|reduce|decrease|less|subtract'],
      also: 'by|make|from',
      read(reading) {
        const at = lastTimer(reading);
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: -duration, ...takeLabel(reading, at) };
      },
    },
  ],
  phrasings: [
    'add five minutes to the timer',
    'make the timer longer',
    'extend the timer',
    'give me more time on the timer',
    'put two more minutes on the timer',
  ],
};
