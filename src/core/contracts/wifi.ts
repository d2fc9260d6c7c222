import { contract, event, type TypesOf } from './contract.ts';
import { error } from './samples.ts';

/** The machine's networks. One command at a time; the answer to a command that another one has followed is not sent. */
export const wifiContract = contract('wifi', {
  receives: {
    'wifi.check': event('say whether there is a network'),
    'wifi.host': event('look for networks, then open the access point'),
    'wifi.join': event('join the network that was chosen on the page; its password is not in an event'),
    'wifi.release': event('close the access point, if there is one'),
  },
  sends: {
    'wifi.online': event('there is a network'),
    'wifi.offline': event('there is none'),
    'wifi.hosting': event('the access point is open', { address: '10.42.0.1' }),
    'wifi.joined': event('the network was joined'),
    'wifi.refused': event('the network cannot be joined', { error }),
    'wifi.failed': event('NetworkManager does not do what it was asked to', { error }),
  },
});
export type WifiContract = TypesOf<typeof wifiContract>;
