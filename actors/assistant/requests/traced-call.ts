/**
 * A call of a provider as a span of the turn for which it is made, by OpenTelemetry's names for HTTP (semantic conventions, "HTTP client"). The provider gets the context of
 * the trace in W3C's header. No query, no body, no other header is told.
 */
import { type RunningSpan, runningSpan } from '../../../src/core/process/running-span.ts';
import { formatTraceparent } from '../../../src/protocol/traceparent.ts';

export interface TracedCall {
  /** For the request. */
  readonly traceparent: string;
  onStatus(status: number): void;
  /** The first time counts. @param failure a code: there is no whole answer */
  end(failure?: string): void;
}

/** Undefined: the turn is not traced. */
export function traceCall(method: string, url: URL): TracedCall | undefined {
  const span = runningSpan();
  return span && begin(span, method, url);
}

function begin(span: RunningSpan, method: string, { protocol, hostname, port, pathname }: URL): TracedCall {
  const spanId = span.newSpanId();
  const startMs = span.wallNow();
  let status: number | undefined;
  let isOver = false;
  const serverPort = Number(port) || (protocol === 'https:' ? 443 : 80);
  return {
    traceparent: formatTraceparent({ traceId: span.traceId, spanId, isSampled: true }),
    onStatus(code) {
      status = code;
    },
    end(failure) {
      if (isOver) return;
      isOver = true;
      const isRefused = status !== undefined && status >= 400;
      span.add({
        ...{ spanId, name: `${method} ${pathname}`, startMs, endMs: span.wallNow() },
        attributes: {
          'http.request.method': method,
          'server.address': hostname,
          'server.port': serverPort,
          'url.path': pathname,
          ...(status !== undefined && { 'http.response.status_code': status }),
        },
        error: failure ?? (isRefused ? String(status) : undefined),
      });
    },
  };
}
