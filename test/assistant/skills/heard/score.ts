/**
 * Sentences as the recogniser wrote them for voices of different clarity, and what the skills understand. The sentences are
 * in two halves: the rules were tuned on one, and the other one is only counted.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { evaluate } from '../../../../actors/assistant/skills/arithmetic.ts';
import { findPlace } from '../../../../actors/assistant/skills/calendar/places.ts';
import { localTime } from '../../../../actors/assistant/skills/calendar/zoned-time.ts';
import { createClassifier } from '../../../../actors/assistant/skills/classifier.ts';
import { dayNamed } from '../../../../actors/assistant/skills/date.ts';
import { type Decision, decide, NOT_UNDERSTOOD } from '../../../../actors/assistant/skills/dialogue.ts';
import { localIso } from '../../../../actors/assistant/skills/heard/moments.ts';
import { namedSkills, skillTools } from '../../../../actors/assistant/skills/skills.ts';
import { nameCloseness } from '../../../../actors/assistant/skills/timer-names.ts';
import { findUnit } from '../../../../actors/assistant/skills/units.ts';
import { TUESDAY_MS } from '../kitchen.ts';

/** Flite's and festival's voices; `rms@20`: with white noise, 20 dB below the speech. */
export const VOICES = ['typed', 'rms', 'slt-hts', 'awb', 'slt', 'kal16', 'rms@20'] as const;
export type Voice = (typeof VOICES)[number];

export interface Phrasing {
  said: string;
  tool: string;
  wanted: Record<string, string>;
  /** By a hash of the sentence. */
  half: 'tuned' | 'other';
}

const file = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

export function readPhrasings(): Phrasing[] {
  const [halves = '', tuned = ''] = file('phrasings.txt').split(/^# From here on .*$/m);
  return [...phrasingsOf(halves), ...phrasingsOf(tuned).map((each) => ({ ...each, half: 'tuned' as const }))];
}

function phrasingsOf(text: string): Phrasing[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [said = '', tool = '', wanted = ''] = line.split('|');
    const pairs = wanted.split(';').filter(Boolean);
    return { said, tool, wanted: Object.fromEntries(pairs.map((pair) => pair.split('='))), half: halfOf(said) };
  });
}

function halfOf(said: string): Phrasing['half'] {
  const [byte = 0] = createHash('sha1').update(`earshot:${said.toLowerCase()}`).digest();
  return byte & 1 ? 'tuned' : 'other';
}

/** What was heard, by the sentence and the voice; a voice that was heard as it is said is left out. */
export function readTranscripts(): Record<string, Partial<Record<Voice, string>>> {
  return JSON.parse(file('transcripts.json'));
}

export type Outcome = 'right' | 'not understood' | 'wrong' | 'wrong action';

export function createJudge() {
  const skills = namedSkills();
  const classifier = createClassifier(skills);
  const tools = skillTools({} as Parameters<typeof skillTools>[0]);
  const situation = { nowMs: TUESDAY_MS, timeZone: 'Europe/Berlin', history: [], tools };

  return async (phrasing: Phrasing, heard: string): Promise<{ outcome: Outcome; decision: Decision }> => {
    const decision = await decide(heard, skills, situation, classifier);
    if (await isRight(phrasing, decision)) return { outcome: 'right', decision };
    if ('say' in decision) return { outcome: decision.say === NOT_UNDERSTOOD ? 'not understood' : 'wrong', decision };
    const changes = tools.find(({ name }) => name === decision.call)?.effect !== 'reads';
    return { outcome: changes ? 'wrong action' : 'wrong', decision };
  };
}

const TOOL_NAMES: Record<string, string> = {
  convert: 'convert_units',
  repeat: 'repeat_after_me',
  spell: 'spell_word',
};

async function isRight({ tool, wanted }: Phrasing, decision: Decision): Promise<boolean> {
  if ('say' in decision) {
    if (tool === 'none') return decision.say === NOT_UNDERSTOOD;
    if (tool === 'forget') return decision.say.startsWith('Shall I delete');
    return tool === 'ask' && decision.say.endsWith('?') && !decision.say.startsWith('Shall I');
  }
  if (decision.call !== (TOOL_NAMES[tool] ?? tool)) return false;
  const extra = { get_time: 'place', get_date: 'day' }[tool];
  if (extra !== undefined && wanted[extra] === undefined && decision.input[extra] !== undefined) return false;
  for (const [name, value] of Object.entries(wanted)) if (!(await hasInput(name, value, decision.input))) return false;
  return true;
}

async function hasInput(name: string, wanted: string, input: Record<string, unknown>): Promise<boolean> {
  const value = input[name];
  switch (name) {
    case 'duration':
      return input.duration_s === Number(wanted);
    case 'in':
      return input.after_s === Number(wanted);
    case 'at':
      return wanted.split('/').includes(input.at === undefined ? timeAfter(Number(input.after_s)) : String(input.at));
    case 'value':
      return Math.abs((evaluate(String(input.expression)) ?? Number.NaN) - Number(wanted)) < 1e-9;
    case 'from':
    case 'to':
      return typeof value === 'number' ? value === Number(wanted) : symbol(String(value)) === symbol(wanted);
    case 'items': {
      const items = wanted.split(',');
      const heard = Array.isArray(value) ? value : [];
      return heard.length === items.length && items.every((item, at) => nameCloseness(String(heard[at]), item) >= 0.6);
    }
    case 'text':
    case 'label':
    case 'word':
      return nameCloseness(String(value ?? ''), wanted) >= 0.6;
    case 'day':
      return typeof value === 'string' && (await dayOf(value)) === (await dayOf(wanted));
    case 'place':
      return findPlace(String(value))?.timeZone === findPlace(wanted)?.timeZone;
    default:
      return String(value) === wanted;
  }
}

const symbol = (unit: string): string | undefined => findUnit(unit)?.symbol;
const timeAfter = (seconds: number): string => localIso(localTime(TUESDAY_MS + seconds * 1_000, 'Europe/Berlin'));

async function dayOf(text: string): Promise<string> {
  return JSON.stringify((await dayNamed(text, { year: 2026, month: 11, day: 24 })).day);
}
