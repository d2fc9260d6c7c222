/**
 * What the cloud is told of one session, read off its peer's port: each turn as a record that grows with what happens. Pure.
 */
import type { TurnRecord } from '../../convex/turns.ts';
import type { PeerPort } from '../../machines/ports.ts';

export interface SessionLog {
  /** What the peer said. The turn's record, if this changed it. */
  sent(edge: PeerPort['sends'], nowMs: number): TurnRecord | undefined;
  /** What the peer was told. */
  received(command: PeerPort['receives'], nowMs: number): TurnRecord | undefined;
  /** The session is over: what was under way is not. */
  closed(nowMs: number): TurnRecord | undefined;
  turn(id: string): TurnRecord | undefined;
}

export function createSessionLog(session: string): SessionLog {
  let number = 0;
  let record: TurnRecord | undefined;
  /** The turn before: its figures, and what the speaker did with its reply, come after its end. */
  let previous: TurnRecord | undefined;

  function change(changes: Partial<TurnRecord>): TurnRecord | undefined {
    if (record) record = { ...record, ...changes };
    return record;
  }

  function finish(outcome: NonNullable<TurnRecord['outcome']>, nowMs: number, changes: Partial<TurnRecord> = {}) {
    return record && record.outcome === undefined ? change({ outcome, endedAt: nowMs, ...changes }) : undefined;
  }

  function find(id: string): TurnRecord | undefined {
    return [record, previous].find((each) => each?.turn === id);
  }

  return {
    sent(edge, nowMs) {
      switch (edge.type) {
        case 'peer.turn': {
          const { id: turn, trigger, startedAtMs: startedAt, offline } = edge;
          number = edge.turn;
          if (record?.turn !== turn) previous = record;
          record = { turn, session, trigger, offline, startedAt, state: 'streaming' };
          return record;
        }
        case 'peer.final':
          return edge.turn === number && record?.state === 'streaming' ? change({ state: 'processing' }) : undefined;
        case 'peer.abort':
          return edge.turn === number ? finish('aborted', nowMs, { state: 'idle' }) : undefined;
        case 'peer.playback':
          if (edge.turn !== number) return undefined;
          return change({ state: edge.event === 'started' || edge.event === 'underrun' ? 'playing' : 'idle' });
        case 'peer.figures': {
          const known = find(edge.id);
          if (!known) return undefined;
          const told = { ...known, latencyMs: edge.latencyMs };
          if (known === record) record = told;
          else previous = told;
          return told;
        }
        default:
          return undefined;
      }
    },
    received(command, nowMs) {
      if (!('turn' in command) || command.turn !== number) return undefined;
      switch (command.type) {
        case 'peer.processing':
          return command.transcript === undefined ? undefined : change({ transcript: command.transcript });
        case 'peer.reply':
          return change({
            state: record?.state === 'playing' ? 'playing' : 'receiving',
            ...(command.text !== undefined && { replyText: command.text }),
          });
        case 'peer.done':
          return finish('done', nowMs, record?.state === 'processing' ? { state: 'idle' } : {});
        case 'peer.refuse': {
          const { code, message } = command.error;
          return finish('failed', nowMs, { state: 'error', error: { code, message } });
        }
        default:
          return undefined;
      }
    },
    closed(nowMs) {
      if (!record) return undefined;
      if (record.outcome === undefined) return finish('failed', nowMs, { state: 'error' });
      return record.state === 'idle' || record.state === 'error' ? undefined : change({ state: 'idle' });
    },
    turn: find,
  };
}
