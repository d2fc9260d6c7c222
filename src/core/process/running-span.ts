/**
 * The span of a trace for which the running code works: what it starts finds it here, however deep it is called. There is one only where traces are
 * sent (src/observability/tracing).
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** A call of another service that has ended. Without words, keys and queries. */
export interface OutgoingCall {
  spanId: string;
  name: string;
  /** Ms since 1970. */
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, string | number>>;
  /** A code, without words. */
  error?: string | undefined;
}

export interface RunningSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  newSpanId(): string;
  wallNow(): number;
  add(call: OutgoingCall): void;
}

const running = new AsyncLocalStorage<RunningSpan>();

export function inSpan<Result>(span: RunningSpan, work: () => Result): Result {
  return running.run(span, work);
}

/** For what goes on when the span is over: it would find a span that has ended. */
export function outsideSpans<Result>(work: () => Result): Result {
  return running.exit(work);
}

/** Undefined: this work is not traced. */
export function runningSpan(): RunningSpan | undefined {
  return running.getStore();
}
