/**
 * How an event changes the current turn: its reply, its record, and what is reported to the cloud. Pure.
 */
import type { ConversationContract } from '../src/core/contracts/index.ts';
import { withCaption } from '../src/protocol/captions.ts';
import type { TurnRecord } from './turn-record.ts';

export type ConversationEvent = ConversationContract['receives'];

/** How far the reply to the current turn has come. It may begin before the utterance ends (a responder that interrupts, `echo`). */
export type ReplyProgress = 'none' | 'announced' | 'audible' | 'played' | 'empty';

/** The reply's progress after this event. */
export function replyAfter(reply: ReplyProgress, event: ConversationEvent): ReplyProgress {
  switch (event.type) {
    case 'reply.started':
    case 'offline.replying':
      return reply === 'none' ? 'announced' : reply;
    case 'playback.started':
      return 'audible';
    case 'playback.drained':
      return reply === 'audible' ? 'played' : 'empty';
    default:
      return reply;
  }
}

/** The report of the loudspeaker to the cloud. */
export function playbackReport({ turn }: { turn: number }, event: ConversationEvent) {
  const report = { type: 'turn.playback', turn } as const;
  switch (event.type) {
    case 'playback.drained':
    case 'playback.aborted': {
      const { playedMs, underruns, concealedMs } = event;
      const what = event.type === 'playback.drained' ? 'drained' : 'aborted';
      return { ...report, turn: event.turn, event: what, playedMs, underruns, concealedMs } as const;
    }
    case 'playback.underrun':
      return { ...report, event: 'underrun', playedMs: 0 } as const;
    default:
      return { ...report, event: 'started', playedMs: 0 } as const;
  }
}

/** The statistics of an event, if they are of the record's turn. */
export function noteEvent(record: TurnRecord | undefined, event: ConversationEvent): TurnRecord | undefined {
  if (!record || !('turn' in event) || event.turn !== record.turn) return record;
  switch (event.type) {
    case 'capture.ended':
      return { ...record, capture: event };
    case 'encoder.finished':
      return { ...record, encoder: event };
    case 'uplink.started':
      return { ...record, uplink: { ...record.uplink, firstSentAtMs: event.atMs } };
    case 'uplink.finished':
      return {
        ...record,
        uplink: { ...record.uplink, finalSentAtMs: event.atMs, packets: event.packets, bytes: event.bytes },
      };
    case 'turn.processing':
      return event.transcript === undefined ? record : { ...record, transcript: event.transcript };
    case 'reply.started':
    case 'offline.replying':
      return event.text === undefined ? record : { ...record, replyText: event.text };
    case 'reply.text':
      return { ...record, replyText: withCaption(record.replyText, event.text) };
    case 'turn.done':
      return { ...record, ...(event.timing && { timing: event.timing }), ...(event.asks && { asks: true }) };
    case 'playback.started':
      return { ...record, playbackStart: event };
    case 'playback.drained':
    case 'playback.aborted':
      return { ...record, playback: event };
    default:
      return record;
  }
}
