/**
 * The settings that an operator can change: how each is shown in a form, and how what is written there becomes a change.
 */
import type { FunctionArgs, FunctionReturnType } from 'convex/server';
import { TIME_OF_DAY } from '../../../protocol/bounds.ts';
import { INTERRUPTIONS, LISTEN_MODES, MAX_FOLLOW_UP_MS, PATIENCES } from '../../../protocol/listening.ts';
import { UNIT_SYSTEMS } from '../../../protocol/locale.ts';
import type { api } from '../shell/api.ts';

type Settings = FunctionReturnType<typeof api.settings.get>;
type Change = FunctionArgs<typeof api.settings.set>['settings'];

export interface SettingField {
  /** Its path in the settings, like `listening.mode`. */
  name: string;
  label: string;
  hint?: string;
  kind: 'text' | 'long' | 'number' | 'time' | 'choice';
  choices?: readonly (readonly [value: string, label: string])[];
  min?: number;
  max?: number;
  step?: number;
  /** As it is written in the form; empty: the device's own. */
  read(settings: Settings): string;
  /** Null: the device's own. */
  change(written: string): Change;
}

export interface SettingGroup {
  title: string;
  fields: readonly SettingField[];
}

type Group = 'listening' | 'assistant';

function field(
  group: Group | undefined,
  key: string,
  {
    parse = (text: string): unknown => text,
    show = (value: unknown) => String(value),
    ...rest
  }: Partial<SettingField> & {
    label: string;
    kind: SettingField['kind'];
    parse?: (text: string) => unknown;
    show?: (value: unknown) => string;
  },
): SettingField {
  return {
    ...rest,
    name: group === undefined ? key : `${group}.${key}`,
    read(settings) {
      const from = (group === undefined ? settings : settings[group]) as Record<string, unknown> | undefined;
      const value = from?.[key];
      return value === undefined ? '' : show(value);
    },
    change(written) {
      const value = written.trim() === '' ? null : parse(written.trim());
      return (group === undefined ? { [key]: value } : { [group]: { [key]: value } }) as Change;
    },
  };
}

const names = {
  parse: (text: string) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  show: (value: unknown) => (value as string[]).join(', '),
};

export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    title: 'Listening',
    fields: [
      field('listening', 'mode', {
        label: 'What begins a turn',
        kind: 'choice',
        choices: wordsFor(LISTEN_MODES, { push: 'a key or button', voice: 'speech', wake: 'the wake word' }),
      }),
      field('listening', 'followUpMs', {
        label: 'Follow-up, in seconds',
        hint: 'How long after a reply speech begins a turn.',
        kind: 'number',
        min: 0,
        max: MAX_FOLLOW_UP_MS / 1_000,
        parse: (text) => Math.round(Number(text) * 1_000),
        show: (value) => String(Number(value) / 1_000),
      }),
      field('listening', 'patience', {
        label: 'Patience',
        hint: 'How long a pause may be before it ends the utterance.',
        kind: 'choice',
        choices: wordsFor(PATIENCES, { quick: 'quick', normal: 'normal', patient: 'patient' }),
      }),
      field('listening', 'interruption', {
        label: 'Speech interrupts a reply',
        kind: 'choice',
        choices: wordsFor(INTERRUPTIONS, { off: 'never', auto: 'while the echo is removed', on: 'always' }),
      }),
    ],
  },
  {
    title: 'Assistant',
    fields: [
      field('assistant', 'language', { label: 'Language', hint: 'Like en or de-AT.', kind: 'text' }),
      field('assistant', 'timeZone', { label: 'Time zone', hint: 'Like Europe/Berlin.', kind: 'text' }),
      field('assistant', 'units', {
        label: 'Units',
        kind: 'choice',
        choices: wordsFor(UNIT_SYSTEMS, { metric: 'metric', imperial: 'imperial' }),
      }),
      field('assistant', 'voice', { label: 'Voice', kind: 'text' }),
      field('assistant', 'tools', {
        label: 'Tools that it may use',
        hint: 'Names, separated by commas.',
        kind: 'text',
        ...names,
      }),
      field('assistant', 'persona', { label: 'Persona', hint: 'System prompt of the language model.', kind: 'long' }),
    ],
  },
  {
    title: 'Sound and line',
    fields: [
      field(undefined, 'bitrate', {
        label: 'Bitrate, in bit/s',
        hint: '6,000 to 64,000. More sounds better, less needs less of the line.',
        kind: 'number',
        min: 6_000,
        max: 64_000,
        step: 1_000,
        parse: Number,
      }),
      field(undefined, 'bufferMs', {
        label: 'Sent ahead, in ms',
        hint: '0 to 3,000: how much of a reply the device gets ahead of real time.',
        kind: 'number',
        min: 0,
        max: 3_000,
        step: 20,
        parse: Number,
      }),
      field(undefined, 'cachedReplies', {
        label: 'Replies for offline use',
        hint: 'Names of cached replies, separated by commas.',
        kind: 'text',
        ...names,
      }),
      field(undefined, 'quietHours', {
        label: 'Quiet hours',
        hint: 'Like 22:00-07:00, by the device’s clock. Only what is urgent is said then.',
        kind: 'time',
        parse: (text) => {
          const [from = '', to = ''] = text.split(/\s*[-–]\s*/);
          return { from, to };
        },
        show: (value) => {
          const { from, to } = value as { from: string; to: string };
          return `${from}-${to}`;
        },
      }),
    ],
  },
];

/** What is wrong with what was written; undefined: nothing that is known here. The cloud checks all of it. */
export function problemOf({ kind, label, min, max }: SettingField, written: string): string | undefined {
  const text = written.trim();
  if (text === '') return undefined;
  if (kind === 'number') {
    const value = Number(text);
    const isInRange = value >= (min ?? -Infinity) && value <= (max ?? Infinity);
    return isInRange
      ? undefined
      : `${label}: a number from ${min?.toLocaleString('en-GB')} to ${max?.toLocaleString('en-GB')}.`;
  }
  if (kind === 'time') {
    const times = text.split(/\s*[-–]\s*/);
    return times.length === 2 && times.every((time) => TIME_OF_DAY.test(time))
      ? undefined
      : 'Write it like 22:00-07:00.';
  }
  return undefined;
}

/** Several changes as one. */
export function combined(changes: readonly Change[]): Change {
  const parts = (group: Group) => changes.flatMap((change) => change[group] ?? []);
  const [listening, assistant] = [parts('listening'), parts('assistant')];
  return Object.assign(
    {},
    ...changes,
    listening.length > 0 && { listening: Object.assign({}, ...listening) },
    assistant.length > 0 && { assistant: Object.assign({}, ...assistant) },
  );
}

function wordsFor<Value extends string>(values: readonly Value[], words: Record<Value, string>) {
  return values.map((value) => [value, words[value]] as const);
}
