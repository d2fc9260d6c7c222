/**
 * The terminal display of a running daemon: the current state, level meters, and a summary of each turn. It writes to standard
 * error only; standard output is for results.
 */

import type { AudioAddress } from '../../../actors/sound/backend.ts';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import type { ConversationState } from '../../../machines/turn-record.ts';
import type { AudioLevels } from '../../core/actor/audio-metrics.ts';
import type { MicrophoneState } from '../../core/contracts/index.ts';
import { describeError } from '../../core/errors.ts';
import { levelMeter } from './level-meter.ts';
import { messageColumns, printMessage, showStatus } from './output.ts';
import { describeTurn } from './turn-summary.ts';

export interface Display {
  readonly wantsLevels: boolean;
  notify(notification: ConversationNotification): void;
  levels(levels: AudioLevels): void;
  /** One line that a person should know. */
  note(line: string): void;
  /** One line about something that went wrong. */
  problem(line: string): void;
  close(): void;
}

export interface DisplayOptions {
  microphone: AudioAddress;
  speaker: AudioAddress;
  /** The terminal has a keyboard. */
  interactive: boolean;
  /** Show problems only. */
  quiet: boolean;
}

const HINTS: Record<ConversationState, string> = {
  idle: 'space to talk, m to mute, q to quit',
  recording: 'opening the microphone',
  streaming: 'recording; space when done, esc to discard',
  processing: 'waiting for the reply',
  receiving: 'receiving the reply',
  playing: 'playing; space to interrupt',
  error: 'something went wrong',
};
/** What the person is told of a microphone that is neither closed nor records. */
const MICROPHONE_HINTS: Partial<Record<MicrophoneState, string>> = {
  waiting: 'listening',
  'follow-up': 'listening for an answer',
  muted: 'the microphone is muted',
  failed: 'the microphone is not available',
};

/** A narrower terminal shows no meters. */
const ROOMY_COLUMNS = 100;

export function createDisplay({ microphone: input, speaker, interactive, quiet }: DisplayOptions): Display {
  let state: ConversationState = 'idle';
  let connected = false;
  let levels: AudioLevels = {};
  /** What is being understood or heard, in place of the hint. */
  let words = '';
  let microphone: MicrophoneState = 'closed';
  /** The last reply asks the person something. */
  let asked = false;

  function drawStatus(): void {
    if (!interactive || quiet) return;
    const colour = state === 'error' ? 'red' : state === 'idle' ? 'dim' : 'green';
    const hint = words || (connected || state !== 'idle' ? hintOf() : 'connecting');
    const meters = `mic ${levelMeter(levels.microphone?.peakDb)} speaker ${levelMeter(levels.speaker?.peakDb)}`;
    const status = { colour, text: state.padEnd(11) } as const;
    // What a person can press is worth more than the meters. Words that do not fit are cut.
    const withMeters = ` ${meters}  ${words ? '' : hint}`;
    const isRoomy = messageColumns() >= Math.max(ROOMY_COLUMNS, status.text.length + withMeters.length + 1);
    showStatus([status, isRoomy ? `${withMeters}${words}` : ` ${hint}`]);
  }

  function hintOf(): string {
    const listens = MICROPHONE_HINTS[microphone];
    if (microphone === 'muted' && (state === 'idle' || state === 'recording' || state === 'error'))
      return `${listens}; m to unmute it, q to quit`;
    const hint = asked ? `an answer is awaited; ${HINTS[state]}` : HINTS[state];
    return listens === undefined ? hint : `${listens}; ${hint}`;
  }

  if (!quiet) {
    printMessage(
      `microphone: ${audioBackends.describe(input, 'input')}, speaker: ${audioBackends.describe(speaker, 'output')}`,
    );
    if (!interactive && !audioBackends.isRecording(input))
      printMessage(`kill -USR1 ${process.pid} begins and ends an utterance`);
    drawStatus();
  }

  return {
    wantsLevels: interactive && !quiet,
    notify(notification) {
      switch (notification.type) {
        case 'state.entered':
          state = notification.state;
          levels = {};
          if (state === 'idle' || state === 'recording') words = '';
          asked = false;
          if (!interactive && !quiet && notification.turn > 0) printMessage(`  ${notification.state}`);
          break;
        case 'microphone.changed':
          microphone = notification.state;
          if (!interactive && !quiet && MICROPHONE_HINTS[microphone]) printMessage(`  ${MICROPHONE_HINTS[microphone]}`);
          break;
        case 'link.changed':
          if (notification.up !== connected && !quiet)
            printMessage(notification.up ? 'connected' : `not connected: ${describeError(notification.error)}`);
          connected = notification.up;
          break;
        case 'link.pairing': {
          const until = new Date(notification.expiresAtMs).toLocaleTimeString();
          printMessage(
            `pairing code ${notification.code}: the operator runs "earshot pair approve ${notification.code}" until ${until}`,
          );
          break;
        }
        case 'answer.awaited':
          asked = true;
          if (!interactive && !quiet) printMessage('  an answer is awaited');
          break;
        case 'turn.partial':
          words = notification.text;
          break;
        case 'reply.text':
          words = notification.text;
          if (!interactive && !quiet) printMessage(`  “${words}”`);
          break;
        case 'turn.finished':
          // The reader of the reply closed the pipe: that ends the daemon, but is not an error.
          if (notification.record.error?.code === 'output_closed') break;
          if (notification.record.error) printMessage(`earshot: ${describeError(notification.record.error)}`);
          else if (!quiet) for (const line of describeTurn(notification.record)) printMessage(line);
          break;
      }
      drawStatus();
    },
    levels(next) {
      levels = next;
      drawStatus();
    },
    note(line) {
      if (quiet) return;
      printMessage(line);
      drawStatus();
    },
    problem(line) {
      printMessage(`earshot: ${line}`);
      drawStatus();
    },
    close: () => showStatus(undefined),
  };
}
