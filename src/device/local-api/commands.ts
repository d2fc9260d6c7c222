/**
 * The commands of the local API: what `POST /v1/NAME` does. Each checks whether it makes sense now, and throws otherwise.
 */
import type { ListenSettings } from '../../core/contracts/index.ts';
import { isSpokenText, MAX_SPOKEN_LENGTH } from '../../protocol/bounds.ts';
import { INTERRUPTIONS, LISTEN_MODES, MAX_ANSWER_MS, MAX_FOLLOW_UP_MS, PATIENCES } from '../../protocol/listening.ts';
import { isPercent } from '../local-settings.ts';
import type { LocalState } from './local-events.ts';

/** What the commands act on: the running daemon. */
export interface CommandTarget {
  state(): LocalState;
  press(): void;
  release(): void;
  cancel(): void;
  mute(muted: boolean): void;
  setVolume(volumePercent: number): void;
  listen(change: Partial<ListenSettings>): void;
  /** Undefined: nobody here may ask the gateway to speak. */
  say?: SayAnnouncement | undefined;
}

/** Asks for an announcement on this device, as an operator. Resolves with its id when the cloud has it. @throws EarshotError by rejection */
export type SayAnnouncement = (announcement: { text: string; priority: Priority }) => Promise<{ id: string }>;

const PRIORITIES = ['normal', 'urgent'] as const;
type Priority = (typeof PRIORITIES)[number];

/** A command that is not possible now, or not valid. */
export class CommandRefused extends Error {
  readonly status: 400 | 409 | 501;
  readonly code: string;
  readonly hint: string;

  constructor(status: 400 | 409 | 501, code: string, message: string, hint: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

/** The fields of a body, which may be anything. */
type Fields = Readonly<Record<string, unknown>>;
/** The answer is what it returns, or else the state. */
// biome-ignore lint/suspicious/noConfusingVoidType: most commands return nothing
type Command = (target: CommandTarget, fields: Fields) => object | void | Promise<object>;

const REPLY_STATES = new Set(['processing', 'receiving', 'playing']);

const COMMANDS: Record<string, Command> = {
  press(target) {
    if (target.state().muted) {
      throw new CommandRefused(
        409,
        'muted',
        'The microphone is muted',
        'Unmute it first: POST /v1/mute {"muted":false}.',
      );
    }
    target.press();
  },
  release: (target) => target.release(),
  cancel: (target) => target.cancel(),
  interrupt(target) {
    if (!REPLY_STATES.has(target.state().state)) {
      throw new CommandRefused(
        409,
        'no_reply',
        'There is no reply to interrupt',
        'To discard an utterance, use cancel.',
      );
    }
    target.cancel();
  },
  mute(target, { muted }) {
    if (typeof muted !== 'boolean') throw invalid('muted is true or false');
    target.mute(muted);
  },
  volume(target, { volumePercent }) {
    if (!isPercent(volumePercent)) throw invalid('volumePercent is a number from 0 to 100');
    target.setVolume(volumePercent);
  },
  say({ say }, { text, priority = 'normal' }) {
    if (typeof text !== 'string' || !isSpokenText(text)) throw invalid(`text has 1 to ${MAX_SPOKEN_LENGTH} characters`);
    const announcement = { text, priority: oneOf(PRIORITIES, priority, 'priority') };
    if (say) return say(announcement);
    throw new CommandRefused(
      501,
      'no_operator',
      'Only an operator may let a device speak, and the gateway is not in this process',
      "On the gateway's machine: earshot say DEVICE TEXT.",
    );
  },
  mode: (target, fields) => target.listen(listenChange(fields)),
};

function listenChange({ mode, followUpMs, answerMs, patience, interruption }: Fields): Partial<ListenSettings> {
  const change: Partial<ListenSettings> = {
    ...(mode !== undefined && { mode: oneOf(LISTEN_MODES, mode, 'mode') }),
    ...(patience !== undefined && { patience: oneOf(PATIENCES, patience, 'patience') }),
    ...(interruption !== undefined && { interruption: oneOf(INTERRUPTIONS, interruption, 'interruption') }),
    ...(followUpMs !== undefined && { followUpMs: timeOf(followUpMs, MAX_FOLLOW_UP_MS, 'followUpMs') }),
    ...(answerMs !== undefined && { answerMs: timeOf(answerMs, MAX_ANSWER_MS, 'answerMs') }),
  };
  if (Object.keys(change).length === 0) throw invalid('Give mode, followUpMs, answerMs, patience or interruption');
  return change;
}

function oneOf<Value extends string>(values: readonly Value[], value: unknown, name: string): Value {
  const known = values.find((each) => each === value);
  if (known === undefined) throw invalid(`${name} is ${values.join(', ')}`);
  return known;
}

function timeOf(value: unknown, longestMs: number, name: string): number {
  if (typeof value === 'number' && value >= 0 && value <= longestMs) return value;
  throw invalid(`${name} is a number from 0 to ${longestMs}`);
}

function invalid(message: string): CommandRefused {
  return new CommandRefused(400, 'invalid', message, 'See docs/local-api.md.');
}

export const COMMAND_NAMES = Object.keys(COMMANDS);

/** Undefined: there is no such command. @throws CommandRefused */
export function commandNamed(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

/** @throws CommandRefused: not a JSON object */
export function fieldsOf(body: string): Fields {
  if (body.trim() === '') return {};
  const refused = invalid('The body is not a JSON object');
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw refused;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused;
  return value as Fields;
}
