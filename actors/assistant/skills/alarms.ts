/** Alarms: they wake the person. */
import { CANCEL } from './cancel-words.ts';
import { loadDays } from './heard/days.ts';
import { takeMoment } from './heard/moments.ts';
import { parameters, textOf } from './input.ts';
import { momentInput, momentOf, sayWhen, WHEN } from './reminders.ts';
import { Question, type Rule, type Skill } from './skill.ts';
import { counted, enumerated } from './spoken/numbers.ts';
import { spokenMoment } from './spoken/times.ts';
import { named } from './timer-names.ts';

const CANCEL_ALARM = `${CANCEL}|=no|~turn of|~turn your feet|~very moved|~very move|~were he moved|~bring with|~bring you of`;

const readAlarm: Rule['read'] = (reading, now) => {
  const moment = takeMoment(reading, now, 'wakes');
  if (moment) return momentInput(moment);
  if (reading.isQuestion()) return undefined;
  return new Question('For when?', {}, (answer, then) => {
    const found = takeMoment(answer, then, 'wakes');
    return found && momentInput(found);
  });
};

export const setAlarm: Skill = {
  tool: ({ reminders }) => ({
    name: 'set_alarm',
    description: 'Sets an alarm that wakes the person.',
    parameters: parameters({ ...WHEN, 'label?': { type: 'string', description: 'What the alarm is for.' } }),
    effect: 'changes',
    async call(input, context) {
      await loadDays();
      const atMs = momentOf(input, context);
      await reminders.add(context.device.name, {
        ...{ id: context.makeId?.(), kind: 'alarm', atMs },
        label: textOf(input, 'label') ?? '',
      });
      return `Alarm set ${sayWhen(atMs, context)}.`;
    },
  }),
  rules: [
    {
      needs: [
        'wake me up|wake me|wake up|~wait me|~wait me up|~make me up|get up|get me up|=be up|=am up|=be awake|=am awake|=awake|=out of bed|=getting up|=wake up call|=sleep until|=sleep till|=woken up|=woken',
      ],
      also: 'please|want|need|have|must|can you|could you|set|an alarm|make sure|by|sure|me|get|give me|let me',
      not: `cancel|timer|remind|=when will|=when are|=do not|=need not|=no longer|=not`,
      read: readAlarm,
    },
    {
      // "Don't let me sleep past seven."
      needs: ['=sleep past|=sleep after|=sleep beyond|=sleep longer than', '=do not|=must not|=never|=should not'],
      also: 'please|let|me|i|want|to',
      not: 'cancel|timer|remind',
      read: readAlarm,
    },
    {
      needs: ['alarm|alarms|alarm clock|alarm for|~alarmed|~he learned for|~aram for|=set the clock|=put the clock'],
      also: 'set|make|create|new|need|please|for|put|the clock|give me|want|on|clock|should ring|my|ring|go off|let',
      not: `${CANCEL_ALARM}|what|when|which|do i have|remind|are there`,
      read: readAlarm,
    },
  ],
  phrasings: [
    'set an alarm',
    'wake me up at seven',
    'set the alarm for eight',
    'i want to get up at six',
    'wake me tomorrow morning',
    'alarm at nine',
  ],
};

export const listAlarms: Skill = {
  tool: ({ reminders }) => ({
    name: 'list_alarms',
    description: 'The alarms that are set.',
    parameters: parameters({}),
    effect: 'reads',
    async call(_input, { device, nowMs }) {
      const all = named(await reminders.list(device.name), 'alarm', undefined);
      if (all.length === 0) return 'No alarm is set.';
      const times = all.slice(0, 5).map(({ atMs }) => spokenMoment(atMs, nowMs, device));
      return `${all.length === 1 ? 'An alarm is' : `${all.length} alarms are`} set ${enumerated(times)}.`;
    },
  }),
  rules: [
    {
      needs: [
        'alarm|alarms|wake me|~wait me',
        'what|when|which|do i have|have i got|are there|is there|=is|list|read|show|how many|any|will you',
      ],
      also: 'set|are|is|my|have|will|ring|next|go off|tell me|time|an|got|you',
      not: CANCEL_ALARM,
      whole: 'what alarms are set|when is my alarm|do i have any alarms|what alarms do i have|at what time is my alarm',
    },
  ],
  phrasings: [
    'what alarms are set',
    'when is my alarm',
    'do i have an alarm',
    'list my alarms',
    'which alarms do i have',
  ],
};

export const cancelAlarm: Skill = {
  tool: ({ reminders }) => ({
    name: 'cancel_alarm',
    description: 'Deletes the only alarm, or all of them.',
    parameters: parameters({ 'all?': { type: 'boolean', description: 'Delete all alarms.' } }),
    effect: 'changes',
    async call(input, { device, nowMs }) {
      const all = named(await reminders.list(device.name), 'alarm', undefined);
      if (all.length === 0) return 'No alarm is set.';
      if (all.length > 1 && input.all !== true)
        return `There are ${all.length} alarms: ${enumerated(all.map(({ atMs }) => spokenMoment(atMs, nowMs, device)))}. Say: cancel all alarms.`;
      for (const { id } of all) await reminders.cancel(device.name, id);
      return all.length === 1 ? 'I cancelled the alarm.' : `I cancelled ${counted(all.length, 'alarm')}.`;
    },
  }),
  rules: [
    {
      needs: ['=alarms|=alarm', CANCEL_ALARM, '=all|=every|=alarms'],
      also: 'my|all',
      whole: 'cancel all my alarms|delete all alarms|cancel all alarms|turn off all alarms',
      read: () => ({ all: true }),
    },
    {
      needs: [
        'alarm|the alarm|wake me up|wake me|=woken up|=wake up call',
        `${CANCEL_ALARM}|=do not|=no need|=rather not`,
      ],
      also: 'please|there is|would rather|to|want|be|my|do not|anymore|any more|after all|longer|tomorrow|is|up|let me sleep|sleep|no|you|now|morning|in the morning',
      not: 'timer|=alarms',
      whole: 'cancel my alarm|turn off the alarm|delete my alarm|switch off the alarm|cancel the alarm',
    },
  ],
  phrasings: ['cancel my alarm', 'turn off the alarm', 'delete all alarms', 'remove the alarm', 'switch the alarm off'],
};
