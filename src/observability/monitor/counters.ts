/**
 * Counts a daemon's totals from the notifications of its conversation. Pure.
 */
import type { ConversationNotification } from '../../../machines/conversation-context.ts';
import type { ConversationState, TurnRecord } from '../../../machines/turn-record.ts';
import type { Attention, MicrophoneState } from '../../core/contracts/index.ts';
import { createLatencyHistogram } from '../../core/metrics/latency-histogram.ts';
import type { MetricFamily } from '../../core/metrics/metric-family.ts';
import { stageLatencies } from '../turn-report.ts';
import type { Totals } from './metrics.ts';

export interface Counters {
  /** The delays of the turns so far. */
  readLatencies(): MetricFamily;
  note(notification: ConversationNotification): void;
  read(): {
    state: ConversationState;
    connected: boolean;
    microphone: MicrophoneState;
    attention: Attention;
    totals: Totals;
  };
}

const FAILURES = new Set<TurnRecord['outcome']>(['failed', 'unanswered']);

export function createCounters(): Counters {
  const latencies = createLatencyHistogram('earshot_turn_latency_seconds');
  let state: ConversationState = 'idle';
  let connected = false;
  let microphone: MicrophoneState = 'closed';
  let attention: Attention = 'nothing';
  const totals: Totals = {
    turns: 0,
    failedTurns: 0,
    framesSent: 0,
    framesDropped: 0,
    framesPlayed: 0,
    framesLost: 0,
    concealedMs: 0,
    underruns: 0,
    captureOverflows: 0,
    linkLosses: 0,
    actorCrashes: 0,
  };

  function noteTurn({ outcome, capture, encoder, playback }: TurnRecord): void {
    totals.turns += 1;
    if (FAILURES.has(outcome)) totals.failedTurns += 1;
    totals.framesSent += encoder?.frames ?? 0;
    totals.framesDropped += encoder?.droppedFrames ?? 0;
    totals.captureOverflows += capture?.overflows ?? 0;
    if (!playback) return;
    totals.framesPlayed += playback.frames;
    totals.framesLost += playback.lateFrames + playback.droppedFrames;
    totals.concealedMs += playback.concealedMs;
    totals.underruns += playback.underruns;
  }

  return {
    readLatencies: latencies.read,
    note(notification) {
      switch (notification.type) {
        case 'state.entered':
          state = notification.state;
          return;
        case 'link.changed':
          // A failed attempt to connect is no loss of a link.
          if (connected && !notification.up) totals.linkLosses += 1;
          connected = notification.up;
          return;
        case 'microphone.changed':
          microphone = notification.state;
          return;
        case 'attention.changed':
          attention = notification.attention;
          return;
        case 'actor.restarting':
          totals.actorCrashes += 1;
          return;
        case 'turn.finished':
          noteTurn(notification.record);
          latencies.note({ ...stageLatencies(notification.record) });
      }
    },
    read: () => ({ state, connected, microphone, attention, totals: { ...totals } }),
  };
}
