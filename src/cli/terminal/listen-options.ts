/** Options of `start` and `run`: what begins a turn beside a key, and when speech is over. */
import { type Command, Option } from 'commander';
import type { ListenOptions } from '../../device/listen-settings.ts';
import {
  INTERRUPTIONS,
  type Interruption,
  LISTEN_MODES,
  type ListenMode,
  MAX_FOLLOW_UP_MS,
  PATIENCES,
  type Patience,
} from '../../protocol/listening.ts';
import { decimal } from './number-options.ts';

export interface ListenFlags {
  mode: ListenMode;
  followUp?: number;
  patience: Patience;
  interruption: Interruption;
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
    );
}

export function listenOptionsOf({ mode, followUp, patience, interruption }: ListenFlags): ListenOptions {
  return {
    ...{ mode, patience, interruption },
    ...(followUp !== undefined && { followUpMs: Math.round(followUp * 1_000) }),
  };
}
