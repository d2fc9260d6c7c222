/**
 * Tracing of a device and of a gateway. Loaded only where it is asked for.
 */
import { hostname } from 'node:os';
import type { TurnRecord } from '../../../machines/turn-record.ts';
import type { RunningSpan } from '../../core/process/running-span.ts';
import { formatTraceparent, traceOf } from '../../protocol/traceparent.ts';
import { deviceSpans } from './device-spans.ts';
import { createSpanExporter, type ExporterOptions } from './otlp-exporter.ts';
import { createSessionSpans, type RunningTurns } from './session-spans.ts';

export type TracingOptions = Pick<ExporterOptions, 'endpoint' | 'headers' | 'clock' | 'log'>;

export function openDeviceTracing(options: TracingOptions & { device: string }) {
  const { device, clock } = options;
  const resource = { 'host.name': hostname(), 'earshot.device': device };
  const exporter = createSpanExporter({ ...options, service: 'earshot-device', resource });
  return {
    traceparent: (turnId: string) => formatTraceparent(traceOf(turnId)),
    turn(record: TurnRecord): void {
      for (const span of deviceSpans(record, { atMs: clock.now(), wallMs: clock.wallNow() })) exporter.add(span);
    },
    close: exporter.close,
  };
}
export type DeviceTracing = ReturnType<typeof openDeviceTracing>;

export function openGatewayTracing(options: TracingOptions) {
  const { clock } = options;
  const exporter = createSpanExporter({
    ...options,
    service: 'earshot-gateway',
    resource: { 'host.name': hostname() },
  });
  const running = new Map<string, RunningSpan>();
  const keyOf = (device: string, turnId: string) => `${turnId} ${device}`;
  const turns: RunningTurns = {
    begin: (device, turnId, span) => void running.set(keyOf(device, turnId), span),
    end: (device, turnId) => void running.delete(keyOf(device, turnId)),
  };
  return {
    /** For each session. */
    traceSession: () => createSessionSpans(clock, exporter.add, turns),
    /** Of a turn that runs now, for the calls that are made for it; undefined: it is not traced. */
    spanOf: (device: string, turnId: string) => running.get(keyOf(device, turnId)),
    close: exporter.close,
  };
}
export type GatewayTracing = ReturnType<typeof openGatewayTracing>;
