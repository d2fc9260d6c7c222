/**
 * Which gateway `earshot run` connects to: the one that is named, the one with which the device is paired, or the one in the network.
 */
import { parseGateway } from '../../../actors/network/gateway-address.ts';
import { tokenFor } from '../../../actors/network/readable-token.ts';
import type { Dial } from '../../../actors/network/socket.ts';
import { dialer } from '../../../actors/network/websocket.ts';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { readDeviceToken, saveDeviceToken } from '../../device/device-token.ts';
import { type PairedGateway, readPairedGateway, savePairedGateway } from '../../device/paired-gateway.ts';

export interface GatewayChoice {
  gateway?: string;
  token?: string;
}

export interface ChosenGateway {
  dial: Dial;
  /** Stores token and gateway. @throws EarshotError `store_failed`, `store_full`; the token is used all the same */
  onToken(token: string): void;
}

/** @throws EarshotError `usage`, `file_unreadable`, `store_failed` */
export async function chooseGateway(options: GatewayChoice, state: string, log: Log): Promise<ChosenGateway> {
  let token = options.token ?? readDeviceToken(state);
  const bearer = () => token;
  const dialTo = (gateway: URL) => dialer({ gateway, token: tokenFor(gateway, bearer, log) });
  let current: PairedGateway | undefined;
  const onToken = (given: string) => {
    token = given;
    saveDeviceToken(state, given);
    if (current) savePairedGateway(state, current);
  };
  if (options.gateway !== undefined) {
    const url = parseGateway(options.gateway);
    current = { url };
    return { dial: dialTo(url), onToken };
  }
  // Without a token it is paired with none: it may have been deleted to pair the device anew.
  const paired = token === undefined ? undefined : readPairedGateway(state);
  if (token !== undefined && !paired) {
    const hint = 'Give its address: --gateway URL. A token is sent to no gateway that is merely in the network.';
    throw new EarshotError('usage', 'This device has a token, and of which gateway it is is not known', hint);
  }
  const [{ searchingDial }, { searchGateways }] = await Promise.all([
    import('../../device/searching-dial.ts'),
    import('../../discovery/search-gateways.ts'),
  ]);
  const dial = searchingDial({
    dialTo: memoised(dialTo),
    search: searchGateways,
    paired,
    onChosen(gateway) {
      if (current?.url.href === gateway.url.href) return;
      current = gateway;
      log.info('this gateway was found in the network', { name: gateway.name, gateway: gateway.url.href });
    },
  });
  return { dial, onToken };
}

/** So that what is warned of once is warned of once for each gateway. */
function memoised(dialTo: (gateway: URL) => Dial): (gateway: URL) => Dial {
  let last: { href: string; dial: Dial } | undefined;
  return (gateway) => {
    if (last?.href !== gateway.href) last = { href: gateway.href, dial: dialTo(gateway) };
    return last.dial;
  };
}
