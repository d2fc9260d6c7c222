import { Argument, InvalidArgumentError } from 'commander';
import type { FunctionArgs, FunctionReturnType } from 'convex/server';
import { api } from '../../../convex/_generated/api.js';
import { nearestName } from '../../core/nearest-name.ts';
import { withCloud } from '../../gateway/operator.ts';
import { SETTING_RANGES, TIME_OF_DAY } from '../../protocol/bounds.ts';
import { INTERRUPTIONS, LISTEN_MODES, MAX_FOLLOW_UP_MS, PATIENCES } from '../../protocol/listening.ts';
import { UNIT_SYSTEMS } from '../../protocol/locale.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { decimal, wholeNumber } from '../terminal/number-options.ts';
import { addStateOption, type StateOption } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

type Change = FunctionArgs<typeof api.settings.set>['settings'];

const NUMBERS = { volume: 'volumePercent', bitrate: 'bitrate', buffer: 'bufferMs' } as const;
const NUMBER_NAMES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];
const TEXTS = ['language', 'timeZone', 'persona', 'voice'] as const;

const CHOICES = { mode: LISTEN_MODES, patience: PATIENCES, interruption: INTERRUPTIONS } as const;
const CHOICE_NAMES = Object.keys(CHOICES) as (keyof typeof CHOICES)[];

const NAMES = [...NUMBER_NAMES, 'replies', 'quiet', ...CHOICE_NAMES, 'followUp', ...TEXTS, 'units', 'tools'];

const HELP = `
A connected device applies the change within a second.

Settings:
  volume        0 to 100, percent
  bitrate       of the encoder, 6000 to 64000
  buffer        ms of a reply that are sent ahead of real time, 0 to 3000
  quiet         when only urgent announcements are made, by the device's clock: 22:00-07:00
  replies       names of cached replies, separated by commas
  mode          what begins a turn: push (a key), voice (speech), wake (the wake word)
  followUp      seconds after a reply in which speech begins a turn, 0 to 60
  patience      quick, normal or patient: how long a pause may be before it ends the utterance
  interruption  off, auto or on: whether speech interrupts a reply
For the assistant; without them the device's own are used:
  language      the language in which it is spoken to: en, de-AT
  timeZone      Europe/Berlin
  units         metric or imperial
  persona       who the assistant is: the system prompt of a language model
  voice         name of a voice
  tools         names of the tools that it may use, separated by commas`;

const define: DefineCommand = (command) => {
  command
    .argument('<device>', 'name of the device')
    .addArgument(
      new Argument('[changes...]', 'volume=40 timeZone=Europe/Berlin ...; an empty value resets a setting')
        .argParser(parse)
        .default({}, 'none, shows them'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP);
  addStateOption(command).action(
    async (device: string, changes: Change, { state, json }: StateOption & { json?: boolean }) => {
      const settings = await withCloud(state, ({ client }) =>
        Object.keys(changes).length === 0
          ? client.query(api.settings.get, { device })
          : client.mutation(api.settings.set, { device, settings: changes }),
      );
      const named = asWritten(settings);
      if (json) return printJson(named);
      const lines = Object.entries(named).map(([name, value]) => `${name}: ${value}`);
      for (const line of lines.length > 0 ? lines : ['no settings: the device uses its own options']) printLine(line);
    },
  );
};

/** Under the names that this command takes. */
function asWritten(settings: FunctionReturnType<typeof api.settings.get>) {
  const { volumePercent, bufferMs, cachedReplies, quietHours, listening = {}, assistant = {}, ...plain } = settings;
  const { followUpMs, ...listens } = listening;
  return {
    ...plain,
    ...(volumePercent !== undefined && { volume: volumePercent }),
    ...(bufferMs !== undefined && { buffer: bufferMs }),
    ...(quietHours && { quiet: `${quietHours.from}-${quietHours.to}` }),
    ...(cachedReplies && { replies: cachedReplies }),
    ...listens,
    ...(followUpMs !== undefined && { followUp: followUpMs / 1_000 }),
    ...assistant,
  };
}

function parse(written: string, changes: Change): Change {
  const [name = '', value = ''] = written.split(/=(.*)/s);
  const given = value === '' ? null : value;
  if (name === 'replies') return { ...changes, cachedReplies: given?.split(',') ?? null };
  if (name === 'quiet') return { ...changes, quietHours: given === null ? null : quietHoursOf(given) };
  if (isOneOf(NUMBER_NAMES, name)) {
    const [least, most] = SETTING_RANGES[NUMBERS[name]];
    return { ...changes, [NUMBERS[name]]: given && wholeNumber(least, most)(given) };
  }
  const forListening = listeningOf(name, given);
  if (forListening) return { ...changes, listening: { ...changes.listening, ...forListening } };
  return { ...changes, assistant: { ...changes.assistant, ...forAssistant(name, given) } };
}

function listeningOf(name: string, given: string | null): Change['listening'] {
  if (name === 'followUp') return { followUpMs: given === null ? null : followUpMsOf(given) };
  if (!isOneOf(CHOICE_NAMES, name)) return undefined;
  const choices: readonly string[] = CHOICES[name];
  if (given !== null && !choices.includes(given)) {
    throw new InvalidArgumentError(`${name} is ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`);
  }
  return { [name]: given };
}

function followUpMsOf(seconds: string): number {
  return Math.round(decimal(0, MAX_FOLLOW_UP_MS / 1_000)(seconds) * 1_000);
}

function forAssistant(name: string, given: string | null): Change['assistant'] {
  if (isOneOf(TEXTS, name)) return { [name]: given };
  if (name === 'tools') return { tools: given?.split(',') ?? null };
  if (name !== 'units') throw unknown(name);
  if (given !== null && !isOneOf(UNIT_SYSTEMS, given)) throw new InvalidArgumentError('units is metric or imperial.');
  return { units: given };
}

function unknown(name: string): InvalidArgumentError {
  const nearest = nearestName(name, NAMES);
  const hint = nearest === undefined ? `Settings are ${NAMES.join(', ')}.` : `Did you mean ${nearest}?`;
  return new InvalidArgumentError(`${name} is no setting. ${hint}`);
}

function quietHoursOf(text: string): { from: string; to: string } {
  const [from = '', to = '', more] = text.split('-');
  if (more !== undefined || !TIME_OF_DAY.test(from) || !TIME_OF_DAY.test(to)) {
    throw new InvalidArgumentError('Write quiet hours like quiet=22:00-07:00.');
  }
  return { from, to };
}

function isOneOf<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}

export default define;
