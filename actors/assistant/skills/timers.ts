/** Timers that run: what is left of them, cancelling, more time. */
import { CANCEL } from './cancel-words.ts';
import { takeDuration } from './heard/durations.ts';
import { parameters, requiredNumber, textOf } from './input.ts';
import { askDuration } from './set-timer.ts';
import type { Skill } from './skill.ts';
import { counted, enumerated, sentence } from './spoken/numbers.ts';
import { spokenDuration } from './spoken/times.ts';
import { named, timerName } from './timer-names.ts';
import { LABEL, MAX_TIMER_S, MISHEARD_ADD, TIMER, takeLabel } from './timer-words.ts';

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
      needs: ['=timers|=timer', CANCEL, '=all|=every|=both|=timers'],
      also: 'my|all|of|running|please|the',
      whole: 'cancel all timers|stop all timers|delete all timers|cancel all my timers|clear all timers',
      read: () => ({ all: true }),
    },
    {
      needs: [TIMER, `${CANCEL}|=no|~stock`],
      also: 'running|please|anymore|any more|any longer|longer|all|would|now|after all|no|is|it',
      not: 'add|reminder|when|how|=what|alarm|alarms|reminders|all timers|list|=let',
      whole: 'cancel the timer|stop the timer|delete the timer|turn off the timer|cancel my timer|cancel timer',
      read: (reading) => takeLabel(reading),
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
        TIMER,
        'left|remaining|how much|how long|when|how many|check|what|which|status|are there|do i have|running|is there|show|list|read|still|=done|=finished|=ready|=over|=how is|=how are|=how far|=what about|=tell me about|=look at',
      ],
      also: 'time|is|ring|rings|end|ends|done|over|go off|finished|minutes|seconds|until|have|tell me|any|set|long|much|on|active|does|will|running|my timers|go|almost|nearly|already|going|doing|coming|along|far|about|say|says|how|status|give me|give|out|of|all|ready|getting|look|run|runs|show|shows|up',
      not: 'cancel|delete|stop|add|extend|minutes longer|reminder|reminders|alarm|alarms|=set|=start',
      whole:
        'how long is left on the timer|when does the timer end|check the timer|what timers do i have|are there any timers running|how much time is left on the timer|how many minutes are left on the timer|is the timer still running|show my timers',
      read: (reading) => takeLabel(reading),
    },
    {
      needs: [
        'how much time|how long|how much longer|how many minutes|how many more minutes|=time|=minutes',
        'left|remaining|remains|to go|have i got left|do i have|do we have|have i got|still have|until it is done|=still',
      ],
      also: 'is|are|there|have|i|we|more|still|time|do',
      not: 'christmas|=days|=day|=year|=what time|=the time',
      whole:
        'how much time is left|how long is left|how much time do i have left|how much longer|how long do i still have',
    },
    {
      needs: [
        '=when is it done|=when is it over|=when is it up|=when is the time up|=when is time up|=when is it finished|=when will it be done|=when will it ring|=when does it ring|=when does it end|=when does it go off|=when will it go off|=is it done|=is it over yet|=is my time up|=is the time up|=how long does it still take|=how much longer will it take|=how much longer does it take|=how long will it still take|=how long until it rings',
      ],
      also: 'yet|already|still',
      not: 'alarm|reminder',
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
    async call(input, { device, nowMs, makeId }) {
      const addedS = requiredNumber(input, 'duration_s', -MAX_TIMER_S, MAX_TIMER_S);
      const timers = await reminders.list(device.name);
      const chosen = named(timers, 'timer', textOf(input, 'label'));
      const [timer] = chosen.length > 0 ? chosen : named(timers, 'timer', undefined);
      if (!timer) return 'There is no timer.';
      const atMs = Math.max(nowMs + 1_000, timer.atMs + addedS * 1_000);
      const { id, ...same } = timer;
      const changed = { ...same, id: makeId?.(), atMs, durationMs: (timer.durationMs ?? 0) + addedS * 1_000 };
      const extended = await reminders.add(device.name, changed);
      // The turn is answered again, and this is what it made before.
      if (extended.id !== id) await reminders.cancel(device.name, id);
      const change = addedS < 0 ? `I took ${spokenDuration(-addedS)} off` : `I added ${spokenDuration(addedS)}`;
      return `${change}. ${sentence(spokenDuration((extended.atMs - nowMs) / 1_000))} left.`;
    },
  }),
  rules: [
    {
      needs: [TIMER, 'add|extend|more|longer|another|increase|prolong|extra'],
      also: 'give me|to|by|on|make|put|more|please|add|the timer for|timer',
      not: 'cancel|delete|list|=set|=start|=no|=not|=any|=another timer|=second timer|=one more timer|=extra timer|=new timer',
      read(reading) {
        const duration = takeDuration(reading);
        const label = takeLabel(reading);
        return duration === undefined ? askDuration(label) : { duration_s: duration, ...label };
      },
    },
    {
      // "Ten minutes more, please."
      needs: ['=add|=more|=longer|=extra|=extend|=another'],
      also: 'please|give me|i need|need|by|for|give|it|make|more|add|put|on',
      not: 'timer|timers|list|remind|reminder|alarm|=what|=how|=set|=start|=and|=to|=from|=plus|wake',
      read(reading) {
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: duration };
      },
    },
    {
      // "Add" is often heard as "at", "and" or "that".
      needs: [MISHEARD_ADD, '=to the|=to my|=on the|=on my|=to this', TIMER],
      also: 'more|give me|put',
      not: 'cancel|delete|list|left|how much|how long|how many|set|start',
      read(reading) {
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: duration, ...takeLabel(reading) };
      },
    },
    {
      needs: [TIMER, 'shorten|shorter|=take|reduce|decrease|subtract|=off|=minus'],
      also: 'by|make|from',
      read(reading) {
        const duration = takeDuration(reading);
        return duration === undefined ? undefined : { duration_s: -duration, ...takeLabel(reading) };
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
