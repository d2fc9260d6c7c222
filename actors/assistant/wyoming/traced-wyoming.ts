/** A request of a Wyoming server as a span. The protocol has no place for the context of the trace. */
import type { WyomingAddress } from '../../../src/core/wyoming/wyoming-socket.ts';
import { type TracedCall, traceCall } from '../requests/traced-call.ts';

/** `request`: the type of the event that begins it. Undefined: the turn is not traced. */
export function traceWyoming({ host, port }: WyomingAddress, request: string): TracedCall | undefined {
  return traceCall(`wyoming ${request}`, {
    'network.protocol.name': 'wyoming',
    'server.address': host,
    'server.port': port,
  });
}
