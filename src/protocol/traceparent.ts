/**
 * The context of a trace (W3C Trace Context, version 00): which trace, and the span that is the parent of what the other end does. Made from the
 * id of the turn: whoever knows the turn finds its trace.
 */
import * as v from 'valibot';

/** Version 00; neither id is all zeros. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export const traceparent = v.pipe(v.string(), v.regex(TRACEPARENT, 'is not a traceparent of version 00'));

export interface TraceContext {
  traceId: string;
  spanId: string;
  /** The sender records it. */
  isSampled: boolean;
}

/** The trace of a turn, and its root: the random half of its id (RFC 9562 §5.7). */
export function traceOf(turnId: string): TraceContext {
  const traceId = turnId.replaceAll('-', '');
  return { traceId, spanId: traceId.slice(16), isSampled: true };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** Of one that is valid. */
export function parseTraceparent(text: string): TraceContext {
  const [, traceId = '', spanId = '', flags = ''] = text.split('-');
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
