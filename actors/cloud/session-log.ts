/**
 * What the cloud is told of one session, read off the events of its device connection: each turn as a record that grows with what happens; how it
 * ended is the session's own word. Pure.
 */
import type { CloudTurnRecord } from '../../convex/turns.ts';
import type { DeviceConnectionContract, UsedTool } from '../../src/core/contracts/index.ts';
import { withCaption } from '../../src/protocol/captions.ts';

type Outcome = NonNullable<CloudTurnRecord['outcome']>;

/** Each returns the records that it changed, as they are now. */
export interface SessionLog {
  /** An event of the device connection. */
  sent(event: DeviceConnectionContract['sends']): CloudTurnRecord[];
  /** A command to it. */
  received(command: DeviceConnectionContract['receives']): CloudTurnRecord[];
  /** A tool was called for a turn that goes on. */
  toolUsed(turn: number, call: UsedTool): CloudTurnRecord[];
  /** A turn is over. */
  ended(turn: number, outcome: Outcome, nowMs: number): CloudTurnRecord[];
  /** The session is over: nobody says any more what the speaker does. */
  closed(): CloudTurnRecord[];
  turn(id: string): CloudTurnRecord | undefined;
}

const STATE_AT_END: Record<Outcome, CloudTurnRecord['state']> = { done: 'idle', aborted: 'idle', failed: 'error' };

export function createSessionLog(session: string): SessionLog {
  /** The current turn, and the one before: its figures, and what the speaker did with its reply, come after its end. */
  let entries: { number: number; record: CloudTurnRecord }[] = [];

  const numbered = (number: number) => entries.find((entry) => entry.number === number);
  const named = (id: string) => entries.find(({ record }) => record.turn === id);

  function change(entry: (typeof entries)[number] | undefined, changes: Partial<CloudTurnRecord>): CloudTurnRecord[] {
    if (!entry) return [];
    entry.record = { ...entry.record, ...changes };
    return [entry.record];
  }

  /** What the speaker was doing with a reply when nobody was left to say that it has stopped. */
  function silence(): CloudTurnRecord[] {
    const sounding = entries.filter(({ record }) => record.outcome !== undefined && !isAtRest(record.state));
    return sounding.flatMap((entry) => change(entry, { state: 'idle' }));
  }

  return {
    sent(event) {
      switch (event.type) {
        case 'device.turn': {
          const { turn: number, id: turn, trigger, startedAtMs: startedAt, offline } = event;
          const silenced = silence();
          const record: CloudTurnRecord = { turn, session, trigger, offline, startedAt, state: 'streaming' };
          // The same turn once more: what was known of it is of no interest any more.
          entries = [{ number, record }, ...entries.filter((entry) => entry.record.turn !== turn)].slice(0, 2);
          return [...silenced.filter((each) => each.turn !== turn), record];
        }
        case 'device.final': {
          const entry = numbered(event.turn);
          return entry?.record.state === 'streaming' ? change(entry, { state: 'processing' }) : [];
        }
        case 'device.playback': {
          const entry = numbered(event.turn);
          const state = event.event === 'started' || event.event === 'underrun' ? 'playing' : 'idle';
          return entry?.record.state === state ? [] : change(entry, { state });
        }
        case 'turn.latencies':
          return change(named(event.id), { latencyMs: event.latencyMs });
        default:
          return [];
      }
    },
    received(command) {
      const entry = 'turn' in command ? numbered(command.turn) : undefined;
      if (!entry || entry.record.outcome !== undefined) return [];
      switch (command.type) {
        // What was understood of an utterance that was not finished is of use, too.
        case 'device.partial':
          return change(entry, { transcript: command.text });
        case 'device.caption':
          return change(entry, { replyText: withCaption(entry.record.replyText, command.text) });
        case 'device.processing':
          return command.transcript === undefined ? [] : change(entry, { transcript: command.transcript });
        case 'device.reply':
          return change(entry, {
            state: entry.record.state === 'playing' ? 'playing' : 'receiving',
            ...(command.text !== undefined && { replyText: command.text }),
          });
        // What seems to have been understood was no speech.
        case 'device.end':
          if (command.reason !== 'no-speech' || entry.record.transcript === undefined) return [];
          return change(entry, { transcript: '' });
        case 'device.refuse': {
          const { code, message, hint } = command.error;
          return change(entry, { error: { code, message, ...(hint && { hint }) } });
        }
        default:
          return [];
      }
    },
    toolUsed(number, call) {
      const entry = numbered(number);
      return change(entry, { tools: [...(entry?.record.tools ?? []), call] });
    },
    ended(number, outcome, nowMs) {
      const entry = numbered(number);
      if (!entry || entry.record.outcome !== undefined) return [];
      const { state } = entry.record;
      // The last of a reply is still heard when all of it was sent.
      const isHeard = outcome === 'done' && (state === 'receiving' || state === 'playing');
      return change(entry, { outcome, endedAt: nowMs, ...(!isHeard && { state: STATE_AT_END[outcome] }) });
    },
    closed: silence,
    turn: (id) => named(id)?.record,
  };
}

function isAtRest(state: CloudTurnRecord['state']): boolean {
  return state === 'idle' || state === 'error';
}
