/**
 * A call of another service as a span of the turn for which it is made. Nothing that was said is told, and no key.
 */
import { systemCode } from '../../../src/core/errors.ts';
import { type OutgoingCall, type RunningSpan, runningSpan } from '../../../src/core/process/running-span.ts';
import { formatTraceparent } from '../../../src/protocol/traceparent.ts';

export interface TracedCall {
  /** The context of the trace, for the other service, as W3C writes it. */
  readonly traceparent: string;
  /** What is known later. */
  add(attributes: OutgoingCall['attributes']): void;
  /** The first time counts. @param failure a code: there is no whole answer */
  end(failure?: string): void;
}

/**
 * @param name of the operation, by OpenTelemetry's semantic conventions where they have one
 * @returns undefined: the turn is not traced
 */
export function traceCall(name: string, attributes: OutgoingCall['attributes']): TracedCall | undefined {
  const span = runningSpan();
  return span && begin(span, name, { ...attributes });
}

function begin(span: RunningSpan, name: string, attributes: Record<string, string | number>): TracedCall {
  const spanId = span.newSpanId();
  const startMs = span.wallNow();
  let isOver = false;
  return {
    traceparent: formatTraceparent({ traceId: span.traceId, spanId, isSampled: true }),
    add(more) {
      Object.assign(attributes, more);
    },
    end(failure) {
      if (isOver) return;
      isOver = true;
      span.add({ spanId, name, startMs, endMs: span.wallNow(), attributes, error: failure });
    },
  };
}

/** The code of an error. @param signal if it was aborted, its reason is why the call failed */
export function failureCode(thrown: unknown, signal?: AbortSignal): string {
  const cause: unknown = signal?.aborted ? signal.reason : thrown;
  if (cause instanceof Error && cause.name === 'AbortError') return 'aborted';
  return systemCode(cause) ?? 'failed';
}
