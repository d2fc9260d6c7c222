import { contract, event, type TypesOf } from './contract.ts';

/** The first day of a device: a network, a gateway, and the pairing with it (`earshot setup`). */
export const provisioningContract = contract('provisioning', {
  receives: {
    'provisioning.paired': event('the device has a token: it needs a network only'),
    'provisioning.visited': event('a person uses the page: the access point stays open'),
    'provisioning.join': event('a person has chosen a network'),
    'provisioning.search': event(
      'the network stays; the gateway is looked for, by the address that was given if there is one',
    ),
  },
  sends: {
    'provisioning.done': event('the device has a network, and is paired'),
  },
});
export type ProvisioningContract = TypesOf<typeof provisioningContract>;
