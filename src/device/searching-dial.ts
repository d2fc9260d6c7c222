/**
 * Connects to a gateway whose address nobody has given: to the one that is found in the network, or to the one with which the device is
 * paired, wherever it is now.
 */

import { isIP } from 'node:net';
import type { Dial, Socket } from '../../actors/network/socket.ts';
import type { Scope } from '../core/actor/scope.ts';
import { EarshotError } from '../core/errors.ts';
import type { FoundGateway } from '../discovery/gateway-service.ts';
import type { PairedGateway } from './paired-gateway.ts';

export interface SearchingDialOptions {
  /** Connects to this address. */
  dialTo: (gateway: URL) => Dial;
  /** Calls back once, within some seconds. */
  search: (scope: Scope, onDone: (found: FoundGateway[]) => void) => void;
  /** The device has a token of this gateway, and connects to no other. */
  paired?: PairedGateway | undefined;
  /** The gateway that is dialled from now on. */
  onChosen: (gateway: PairedGateway & { name?: string }) => void;
}

/** No status of the protocol: the connection was never made (RFC 6455 §7.1.5). */
const CLOSE_ABNORMAL = 1006;

export function searchingDial({ dialTo, search, paired, onChosen }: SearchingDialOptions): Dial {
  /** Where the next attempt goes without a search. */
  let known: PairedGateway | undefined = paired;

  return (handlers, scope) => {
    let socket: Socket | undefined;
    let isOver = false;

    function end(code: number, reason: string, error?: EarshotError): void {
      if (isOver) return;
      isOver = true;
      handlers.onClose(code, reason, error);
    }

    function connect(gateway: PairedGateway): void {
      let wasOpen = false;
      const observed = {
        ...handlers,
        onOpen() {
          wasOpen = true;
          handlers.onOpen();
        },
        onClose(code: number, reason: string, error?: EarshotError) {
          // Its address may have changed: the next attempt searches.
          known = wasOpen || !mayMove(gateway) ? gateway : undefined;
          end(code, reason, error);
        },
      };
      socket = dialTo(gateway.url)(observed, scope);
    }

    function onFound(found: FoundGateway[]): void {
      if (isOver) return;
      try {
        const gateway = paired ? (found.find(({ id }) => id === paired.id) ?? paired) : onlyOne(found);
        onChosen(gateway);
        connect(gateway);
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        end(CLOSE_ABNORMAL, '', error);
      }
    }

    /** Before there is a socket: `onClose` follows, as with one. */
    function cancel(code: number, reason: string): void {
      scope.clock.setTimeout(() => end(code, reason), 0);
    }

    if (known) connect(known);
    else search(scope, onFound);
    return {
      sendText: (text) => socket?.sendText(text),
      sendBinary: (bytes) => socket?.sendBinary(bytes),
      get bufferedBytes() {
        return socket?.bufferedBytes ?? 0;
      },
      setReading: (isReading) => socket?.setReading(isReading),
      close: (code, reason) => (socket ? socket.close(code, reason) : cancel(code, reason)),
      terminate: () => (socket ? socket.terminate() : cancel(CLOSE_ABNORMAL, '')),
    };
  };
}

/** An address may be another machine's tomorrow; a name with a certificate is not. */
function mayMove({ url, id }: PairedGateway): boolean {
  return id !== undefined && url.protocol === 'ws:' && isIP(url.hostname) !== 0;
}

/** @throws EarshotError `gateway_not_found`, `several_gateways` */
function onlyOne(found: FoundGateway[]): FoundGateway {
  const byId = new Map(found.map((gateway) => [gateway.id, gateway]));
  const [first, ...others] = [...byId.values()].sort((a, b) => a.name.localeCompare(b.name));
  if (!first) {
    const hint = 'Start one: earshot gateway --host 0.0.0.0. Or give its address: --gateway URL.';
    throw new EarshotError('gateway_not_found', 'No gateway was found in this network yet', hint);
  }
  if (others.length === 0) return first;
  const names = [first, ...others].map(({ name, url }) => `${name} (${shown(url)})`).join(', ');
  const message = `${others.length + 1} gateways are in this network: ${names}`;
  throw new EarshotError('several_gateways', message, `Choose one: --gateway ${shown(first.url)}.`);
}

const shown = ({ protocol, host }: URL) => `${protocol}//${host}`;
