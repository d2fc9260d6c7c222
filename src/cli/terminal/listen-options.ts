/** Options of `start` and `run`: what begins a turn beside a key, and when speech is over. */
import { type Command, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { defaultModelsFolder } from '../../core/files/paths.ts';
import type { WakeWordSettings } from '../../device/audio/audio-thread.ts';
import type { ListenOptions } from '../../device/listen-settings.ts';
import {
  INTERRUPTIONS,
  type Interruption,
  LISTEN_MODES,
  type ListenMode,
  MAX_ANSWER_MS,
  MAX_FOLLOW_UP_MS,
  PATIENCES,
  type Patience,
} from '../../protocol/listening.ts';
import { decimal } from './number-options.ts';

export interface ListenFlags {
  mode: ListenMode;
  followUp?: number;
  answerTime?: number;
  patience: Patience;
  interruption: Interruption;
  wakeWord?: string;
}

export function addListenOptions(command: Command): void {
  command
    .addOption(
      new Option('--mode <mode>', 'what begins a turn: push, a key; voice, speech; wake, the wake word')
        .choices(LISTEN_MODES)
        .default('push')
        .env('EARSHOT_MODE'),
    )
    .addOption(
      new Option(
        '--follow-up <seconds>',
        'how long after a reply speech begins a turn (default: 8 with --mode wake, otherwise 0)',
      )
        .argParser(decimal(0, MAX_FOLLOW_UP_MS / 1_000))
        .env('EARSHOT_FOLLOW_UP'),
    )
    .addOption(
      new Option(
        '--answer-time <seconds>',
        `with --mode wake --follow-up 0: how long speech begins a turn after a reply that asks something, up to ${MAX_ANSWER_MS / 1_000} (default: 0, not)`,
      )
        .argParser(decimal(0, MAX_ANSWER_MS / 1_000))
        .env('EARSHOT_ANSWER_TIME'),
    )
    .addOption(
      new Option('--patience <patience>', 'how long a pause may be before it counts as the end of the utterance')
        .choices(PATIENCES)
        .default('normal')
        .env('EARSHOT_PATIENCE'),
    )
    .addOption(
      new Option(
        '--interruption <when>',
        'whether speech interrupts a reply; auto: while its echo is removed from the microphone',
      )
        .choices(INTERRUPTIONS)
        .default('auto')
        .env('EARSHOT_INTERRUPTION'),
    )
    .addOption(
      new Option(
        '--wake-word <engine>',
        'what hears the wake word: openwakeword:WORD (see earshot models), openwakeword:FILE (earshot wake train), wyoming:tcp://HOST:PORT[/WORD]',
      ).env('EARSHOT_WAKE_WORD'),
    );
}

/** @throws EarshotError `usage`, `models_missing`, `wake_model_invalid`, `file_not_found` */
export async function wakeWordOf({ mode, wakeWord }: ListenFlags): Promise<WakeWordSettings | undefined> {
  if (wakeWord === undefined) {
    if (mode !== 'wake') return undefined;
    const hint = 'Name what hears it, for example: --wake-word openwakeword:hey_jarvis. See docs/wake-word.md.';
    throw new EarshotError('usage', 'The mode wake needs a wake word', hint);
  }
  const settings = { engine: wakeWord, modelsFolder: defaultModelsFolder() };
  const { checkWakeEngine } = await import('../../../actors/wake/engines.ts');
  await checkWakeEngine(settings.engine, settings);
  return settings;
}

export function listenOptionsOf({ mode, followUp, answerTime, patience, interruption }: ListenFlags): ListenOptions {
  return {
    ...{ mode, patience, interruption },
    ...(followUp !== undefined && { followUpMs: Math.round(followUp * 1_000) }),
    ...(answerTime !== undefined && { answerMs: Math.round(answerTime * 1_000) }),
  };
}
