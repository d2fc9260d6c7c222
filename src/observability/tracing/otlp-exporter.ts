/**
 * Sends spans to a collector: OTLP over HTTP with JSON (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP", JSON Protobuf Encoding). A queue with a
 * limit, one request at a time; what does not fit, or is not taken, is dropped and counted.
 */
import { EarshotError, errorFields, messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import { VERSION } from '../../core/process/version.ts';
import type { Clock } from '../../core/time/clock.ts';

const INTERVAL_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Of spans that wait: some hundred turns. */
const MAX_WAITING = 2_048;
const MAX_BATCH = 512;

/** Times are ms since 1970. Attributes never hold what a person said. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string | undefined;
  /** Spans of other traces that it has to do with. */
  links?: readonly { traceId: string; spanId: string }[];
  name: string;
  /** Who waits for whom: OTLP's kinds. */
  kind: 'internal' | 'server' | 'client';
  startMs: number;
  endMs: number;
  attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** It failed; a code, without words. */
  error?: string | undefined;
}

export interface SpanExporter {
  add(span: Span): void;
  stats(): { sent: number; dropped: number; waiting: number };
  /** Sends what waits, once. */
  close(): Promise<void>;
}

export interface ExporterOptions {
  /** Of the collector; `/v1/traces` is added. */
  endpoint: URL;
  /** For all requests: keys of a service. */
  headers: Readonly<Record<string, string>>;
  /** `earshot-device`, `earshot-gateway`. */
  service: string;
  /** More of the resource. */
  resource?: Readonly<Record<string, string>>;
  clock: Clock;
  log: Log;
}

export function createSpanExporter(options: ExporterOptions): SpanExporter {
  const { endpoint, headers, service, resource = {}, clock, log } = options;
  const url = new URL(`${endpoint.href.replace(/\/+$/, '')}/v1/traces`);
  const warn = createOccasionalLog(log, () => clock.now());
  const waiting: Span[] = [];
  const counts = { sent: 0, dropped: 0 };
  let timer: unknown;
  let sending: Promise<void> | undefined;

  function sendLater(): void {
    timer ??= clock.setTimeout(() => {
      timer = undefined;
      sending ??= send().finally(() => {
        sending = undefined;
        if (waiting.length > 0) sendLater();
      });
    }, INTERVAL_MS);
  }

  async function send(): Promise<void> {
    const spans = waiting.splice(0, MAX_BATCH);
    if (spans.length === 0) return;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(requestOf(spans, { 'service.name': service, 'service.version': VERSION, ...resource })),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        redirect: 'error',
      });
      await answer.body?.cancel();
      if (!answer.ok) throw refused(url, `HTTP ${answer.status}`);
      counts.sent += spans.length;
    } catch (error) {
      counts.dropped += spans.length;
      const info = error instanceof EarshotError ? error : refused(url, messageOf(error));
      warn('traces are not taken, and dropped', errorFields(info));
    }
  }

  return {
    add(span) {
      if (waiting.length >= MAX_WAITING) {
        counts.dropped += 1;
        return;
      }
      waiting.push(span);
      sendLater();
    },
    stats: () => ({ ...counts, waiting: waiting.length }),
    async close() {
      clock.clearTimeout(timer);
      await sending;
      clock.clearTimeout(timer);
      await send();
    },
  };
}

function refused({ origin }: URL, why: string): EarshotError {
  const hint = 'Check --otlp and OTEL_EXPORTER_OTLP_HEADERS, and that the collector takes OTLP by HTTP (port 4318).';
  return new EarshotError('collector_unreachable', `The collector at ${origin} does not take traces: ${why}`, hint);
}

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const STATUS_ERROR = 2;

function requestOf(spans: readonly Span[], resource: Readonly<Record<string, string>>) {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'earshot', version: VERSION }, spans: spans.map(spanOf) }],
      },
    ],
  };
}

function spanOf({ traceId, spanId, parentSpanId, links, name, kind, startMs, endMs, attributes = {}, error }: Span) {
  return {
    ...{ traceId, spanId, name, kind: KINDS[kind] },
    ...(parentSpanId !== undefined && { parentSpanId }),
    ...(links && { links }),
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
    attributes: attributesOf(attributes),
    ...(error !== undefined && { status: { code: STATUS_ERROR, message: error } }),
  };
}

function attributesOf(attributes: Readonly<Record<string, string | number | boolean | undefined>>) {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'boolean' ? { boolValue: value } : { doubleValue: value };
}

/** 64 bits, as text. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms * 1_000)) * 1_000n);
}
