/**
 * The turns of a session at the gateway as spans, read off the events of its device connection. The parent is the device's turn, of which
 * `turn.start` tells; a turn without it is not traced. A turn that was recorded without a connection and comes later is a trace of its own, linked to
 * the device's: that one has ended long ago. Pure but for new ids.
 */
import type { DeviceConnectionContract } from '../../core/contracts/index.ts';
import type { RunningSpan } from '../../core/process/running-span.ts';
import type { Clock } from '../../core/time/clock.ts';
import { parseTraceparent } from '../../protocol/traceparent.ts';
import { newSpanId, newTraceId } from './device-spans.ts';
import type { Span } from './otlp-exporter.ts';

interface TracedTurn {
  number: number;
  id: string;
  traceId: string;
  /** The device's turn; of a stored one it is linked. */
  deviceTurn: { traceId: string; spanId: string };
  isStored: boolean;
  spanId: string;
  startAtMs: number;
  finalAtMs?: number;
  stages: { name: string; startAtMs: number; endAtMs: number }[];
}

/** What has happened when a stage is over. */
const STAGE_NAMES: Readonly<Record<string, string>> = {
  transcribed: 'recognition',
  firstToken: 'thinking',
  firstSentence: 'first sentence',
  firstAudio: 'first audio',
};

/** Turns that run now. */
export interface RunningTurns {
  begin(device: string, turnId: string, span: RunningSpan): void;
  end(device: string, turnId: string): void;
}

export function createSessionSpans(clock: Clock, add: (span: Span) => void, turns?: RunningTurns) {
  let device = '';
  let current: TracedTurn | undefined;
  const wall = (atMs: number) => clock.wallNow() - clock.now() + atMs;

  function end(outcome: string, error?: string): void {
    const turn = current;
    current = undefined;
    if (!turn) return;
    turns?.end(device, turn.id);
    const { traceId, deviceTurn, isStored, spanId, startAtMs, finalAtMs, stages } = turn;
    const attributes = { 'earshot.turn': turn.id, 'earshot.outcome': outcome, 'earshot.device': device };
    const times = { startMs: wall(startAtMs), endMs: clock.wallNow() };
    const place = isStored ? { links: [deviceTurn] } : { parentSpanId: deviceTurn.spanId };
    const name = isStored ? 'stored turn' : 'gateway turn';
    add({ traceId, spanId, ...place, name, kind: 'server', ...times, attributes, error });
    const child = (name: string, fromMs: number, untilMs: number) =>
      add({
        ...{ traceId, spanId: newSpanId(), parentSpanId: spanId, name, kind: 'internal' },
        ...{ startMs: wall(fromMs), endMs: wall(untilMs) },
      });
    if (finalAtMs !== undefined) child('utterance', startAtMs, finalAtMs);
    for (const stage of stages) child(stage.name, stage.startAtMs, stage.endAtMs);
  }

  return {
    sent(event: DeviceConnectionContract['sends']): void {
      if (event.type === 'device.attached') device = event.device;
      if (event.type === 'device.turn') {
        end('replaced');
        if (event.traceparent === undefined) return;
        const { isSampled, ...deviceTurn } = parseTraceparent(event.traceparent);
        if (!isSampled) return;
        const { turn: number, id, offline: isStored } = event;
        const traceId = isStored ? newTraceId() : deviceTurn.traceId;
        const spanId = newSpanId();
        current = { number, id, traceId, deviceTurn, isStored, spanId, startAtMs: clock.now(), stages: [] };
        turns?.begin(device, id, {
          ...{ traceId, newSpanId, wallNow: clock.wallNow },
          add: (call) => add({ ...call, traceId, parentSpanId: spanId, kind: 'client' }),
        });
      }
      if (event.type === 'device.final' && event.turn === current?.number) current.finalAtMs = clock.now();
    },
    received(command: DeviceConnectionContract['receives']): void {
      if (command.type !== 'device.stage' || command.turn !== current?.number) return;
      const name = STAGE_NAMES[command.stage];
      // A stage may be over before the person is: a transcriber that works along.
      const before = current.stages.at(-1)?.endAtMs ?? current.finalAtMs ?? current.startAtMs;
      if (name) current.stages.push({ name, startAtMs: Math.min(before, command.atMs), endAtMs: command.atMs });
    },
    ended(turn: number, outcome: string): void {
      if (turn === current?.number) end(outcome, outcome === 'failed' ? 'failed' : undefined);
    },
    closed: () => end('disconnected'),
  };
}
