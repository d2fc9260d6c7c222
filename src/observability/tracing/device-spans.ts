/**
 * A finished turn of a device as spans: the turn is the root of its trace. Pure.
 */
import { randomBytes } from 'node:crypto';
import type { TurnRecord } from '../../../machines/turn-record.ts';
import { traceOf } from '../../protocol/traceparent.ts';
import type { Span } from './otlp-exporter.ts';

export const newSpanId = (): string => randomBytes(8).toString('hex');
export const newTraceId = (): string => randomBytes(16).toString('hex');

/** @param now both clocks, at the end of the turn */
export function deviceSpans(record: TurnRecord, now: { atMs: number; wallMs: number }): Span[] {
  const { id, trigger, outcome, error, capture, uplink, playbackStart, playback, startedAtMs } = record;
  const { traceId, spanId } = traceOf(id);
  const wall = (atMs: number) => now.wallMs - now.atMs + atMs;
  const startMs = capture ? Math.min(startedAtMs, wall(capture.firstSampleAtMs)) : startedAtMs;
  const attributes = { 'earshot.trigger': trigger, 'earshot.outcome': outcome, 'earshot.turn': id };
  const turn: Span = {
    ...{ traceId, spanId, name: 'turn', kind: 'client', startMs, endMs: now.wallMs, attributes },
    error: error?.code,
  };
  const child = (name: string, fromMs: number | undefined, untilMs: number | undefined, more = {}): Span[] => {
    if (fromMs === undefined || untilMs === undefined) return [];
    const times = { startMs: wall(fromMs), endMs: wall(untilMs) };
    return [{ traceId, spanId: newSpanId(), parentSpanId: spanId, name, kind: 'internal', ...times, attributes: more }];
  };
  const audibleAtMs = playbackStart && playbackStart.atMs + playbackStart.outputLatencyMs;
  return [
    turn,
    ...child('capture', capture?.firstSampleAtMs, capture?.lastSampleAtMs, { 'earshot.frames': capture?.frames }),
    ...child('uplink', uplink?.firstSentAtMs, uplink?.finalSentAtMs, { 'earshot.bytes': uplink?.bytes }),
    ...child('playback', audibleAtMs, playback && (audibleAtMs ?? 0) + playback.outMs, {
      'earshot.underruns': playback?.underruns,
    }),
  ];
}
