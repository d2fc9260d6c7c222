/**
 * A call by HTTP as a span, by OpenTelemetry's names (semantic conventions, "HTTP client"). No query, no body and no header is told.
 */
import { type TracedCall, traceCall } from './traced-call.ts';

export interface TracedHttpCall extends Omit<TracedCall, 'add'> {
  onStatus(status: number): void;
}

/** Undefined: the turn is not traced. */
export function traceHttpCall(method: string, { protocol, hostname, port, pathname }: URL): TracedHttpCall | undefined {
  const isSecure = protocol === 'https:' || protocol === 'wss:';
  const call = traceCall(`${method} ${pathname}`, {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': Number(port) || (isSecure ? 443 : 80),
    'url.path': pathname,
  });
  return call && withStatus(call);
}

function withStatus({ traceparent, add, end }: TracedCall): TracedHttpCall {
  let refusal: string | undefined;
  return {
    traceparent,
    onStatus(status) {
      add({ 'http.response.status_code': status });
      refusal = status >= 400 ? String(status) : undefined;
    },
    end: (failure) => end(failure ?? refusal),
  };
}
