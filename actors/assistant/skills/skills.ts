/**
 * The skills. Where two rules fit equally well, the first wins.
 */
import type { Tool } from '../parts/tool.ts';
import { cancelAlarm, listAlarms, setAlarm } from './alarms.ts';
import { calculate } from './calculate.ts';
import { coin, dice, randomNumber } from './chance.ts';
import { convert } from './convert.ts';
import { date } from './date.ts';
import { daysUntil } from './days-until.ts';
import { forget } from './forget.ts';
import { learnKeyWords, learnWords } from './heard/phrases.ts';
import { help } from './help.ts';
import { clearList, removeFromList } from './list-removal.ts';
import { addToList, readList } from './lists.ts';
import { recall } from './recall.ts';
import { cancelReminder, listReminders, setReminder } from './reminders.ts';
import { repeat } from './repeat.ts';
import { setTimer } from './set-timer.ts';
import type { Skill, SkillServices } from './skill.ts';
import { smallTalk } from './small-talk.ts';
import { spell } from './spell.ts';
import { stop } from './stop.ts';
import { time } from './time.ts';
import { cancelTimer, extendTimer, timerStatus } from './timers.ts';
import type { NamedSkill } from './understand.ts';
import { volume } from './volume.ts';

const SKILLS: readonly Skill[] = [
  repeat,
  time,
  date,
  daysUntil,
  setTimer,
  cancelTimer,
  timerStatus,
  extendTimer,
  setReminder,
  listReminders,
  cancelReminder,
  setAlarm,
  listAlarms,
  cancelAlarm,
  calculate,
  convert,
  addToList,
  readList,
  removeFromList,
  clearList,
  volume,
  stop,
  recall,
  forget,
  coin,
  dice,
  randomNumber,
  spell,
  help,
  smallTalk,
];

/** All skills as tools, for any brain. */
export function skillTools(services: SkillServices): Tool[] {
  return SKILLS.map((skill) => skill.tool(services));
}

/** How the skills are found, by the names of their tools. The tools themselves come with each request. */
export function namedSkills(): NamedSkill[] {
  // A name needs no services: nothing is called.
  const nothing = {} as SkillServices;
  learnWords(SKILLS.flatMap(({ rules }) => rules.flatMap(({ needs, also = '' }) => [...needs, also])));
  learnKeyWords(SKILLS.flatMap(({ rules }) => rules.flatMap(({ needs }) => needs)));
  return SKILLS.map(({ tool, rules, phrasings }) => {
    const { name, effect } = tool(nothing);
    const sentences = rules.flatMap(({ whole }) => whole?.split('|') ?? []);
    return { name, rules, phrasings: [...phrasings, ...sentences], changes: effect !== 'reads' };
  });
}
