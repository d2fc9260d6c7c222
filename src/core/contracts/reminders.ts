import type { ReminderReport, RemindersMessage } from '../../protocol/control.ts';
import type { ErrorInfo } from '../errors.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, error, id, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** A turn in which a reminder rings. */
export interface RingTurn extends TurnStart {
  /** Its id. */
  reminder: string;
  /** What it says. */
  text: string;
  /** By how much it rings late. */
  lateMs: number;
}

const report: ReminderReport = { id, outcome: 'stopped', lateMs: 0 };

/** The list, and the uptime at which it came: `now` is the gateway's time then. It may be sent again later, to an actor that was restarted. */
export interface ListedReminders extends RemindersMessage {
  uptimeMs: number;
}

/** Timers, reminders and alarms on the device. */
export const remindersContract = contract('reminders', {
  receives: {
    'reminders.listed': event<ListedReminders>('all reminders that have not rung, as the gateway knows them', {
      now: 0,
      uptimeMs: 0,
      reminders: [],
    }),
    'ring.begin': event('ring in this turn', { turn, reminder: id }),
    'ring.end': event<{ turn: number; outcome: ReminderReport['outcome'] }>('the turn is over', {
      turn,
      outcome: 'stopped',
    }),
  },
  sends: {
    'reminder.due': event<RingTurn>('a reminder must ring; repeated every second until it does', {
      id,
      trigger: 'reminder',
      startedAtMs: atMs,
      reminder: id,
      text: '',
      lateMs: 0,
    }),
    'reminder.rang': event<ReminderReport>('a reminder has rung', report),
    'reminders.failed': event<{ error: ErrorInfo }>(
      'the reminders cannot be stored; they ring as long as the daemon runs',
      { error },
    ),
  },
});
export type RemindersContract = TypesOf<typeof remindersContract>;
