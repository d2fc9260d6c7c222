/**
 * A network in memory: each link gets what the others send, as bytes, at once.
 */
import { decode, encode } from 'dns-packet';
import type { LinkHandlers, OpenLink } from '../../src/discovery/mdns-network.ts';

export function memoryNetwork() {
  const links = new Set<LinkHandlers>();
  /** All packets, decoded, with who sent them. */
  const sent: { address: string; packet: ReturnType<typeof decode> }[] = [];
  const open: OpenLink = (address, handlers, scope) => {
    links.add(handlers);
    const transmit = (packet: Parameters<typeof encode>[0]) => {
      const bytes = encode(packet);
      sent.push({ address, packet: decode(bytes) });
      for (const other of [...links]) if (other !== handlers) other.onPacket(decode(bytes));
    };
    const close = () => void links.delete(handlers);
    scope.onEnd(close);
    return {
      address,
      send: transmit,
      close(farewell) {
        if (links.has(handlers) && farewell) transmit(farewell);
        close();
      },
    };
  };
  return { open, sent, links };
}
