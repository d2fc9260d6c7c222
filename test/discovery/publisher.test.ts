import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { FoundService } from '../../src/discovery/dns-sd.ts';
import { openPublisher, type PublisherOptions } from '../../src/discovery/publisher.ts';
import { searchServices } from '../../src/discovery/search.ts';
import { testClock } from '../support/simulated-clock.ts';
import { memoryNetwork } from './memory-network.ts';

const TYPE = '_earshot._tcp';
const SERVICE = { type: TYPE, name: 'hall', port: 4433, txt: { version: '0.1.0', tls: '0' } };

function house() {
  const clock = testClock();
  const network = memoryNetwork();
  const scope = createScope('the search', {
    ...{ clock, log: silentLog },
    onCrash: (error) => assert.fail(String(error)),
  });
  return {
    clock,
    network,
    publisher: (address: string, options: Partial<PublisherOptions> = {}) =>
      openPublisher({
        ...{ addresses: () => [address], host: `earshot-${address.at(-1)}`, clock, log: silentLog },
        ...{ openLink: network.open, random: () => 0.5, ...options },
      }),
    async search(type = TYPE): Promise<FoundService[]> {
      let found: FoundService[] | undefined;
      const options = { type, addresses: () => ['192.0.2.99'], openLink: network.open };
      searchServices(options, scope, (all) => {
        found = all;
      });
      for (let i = 0; i < 21; i++) await clock.pass(100);
      assert.ok(found, 'the search ends');
      return found;
    },
  };
}

test('a published service is found, with its port, address and text, and not after its goodbye', async () => {
  const { clock, publisher, search, network } = house();
  const own = publisher('192.0.2.1');
  const publication = own.publish(SERVICE);
  await clock.pass(3_000);
  assert.deepEqual(await search(), [{ ...SERVICE, address: '192.0.2.1' }]);
  assert.deepEqual(await search('_other._tcp'), []);
  const before = network.sent.length;
  publication.close();
  const [goodbye] = network.sent.slice(before);
  assert.deepEqual(
    goodbye?.packet.answers?.map((answer) => [answer.name, answer.type === 'PTR' && answer.ttl]),
    [[`${TYPE}.local`, 0]],
  );
  assert.deepEqual(await search(), []);
  own.close();
});

test('a name is asked for three times before it is used', async () => {
  const { clock, publisher, network } = house();
  const own = publisher('192.0.2.1');
  own.publish(SERVICE);
  for (let i = 0; i < 12; i++) await clock.pass(100);
  assert.deepEqual(
    network.sent.map(({ packet }) => packet.type),
    ['query', 'query', 'query', 'response'],
  );
  for (let i = 0; i < 10; i++) await clock.pass(1_000);
  assert.equal(network.sent.length, 5, 'it is announced twice');
  own.close();
});

test('the second of two with one name gets a number', async () => {
  const { clock, publisher, search } = house();
  const [first, second] = [publisher('192.0.2.1'), publisher('192.0.2.2')];
  first.publish(SERVICE);
  await clock.pass(3_000);
  const late = second.publish({ ...SERVICE, port: 4434 });
  for (let i = 0; i < 50; i++) await clock.pass(100);
  assert.equal(late.name, 'hall (2)');
  const found = await search();
  assert.deepEqual(found.map(({ name, port }) => `${name} ${port}`).sort(), ['hall (2) 4434', 'hall 4433']);
  first.close();
  second.close();
});

test('a network that comes later gets the announcement, and one that fails is tried again', async () => {
  const { clock, publisher, search, network } = house();
  let addresses: string[] = [];
  let refusals = 1;
  const own = publisher('', {
    addresses: () => addresses,
    openLink(address, handlers, scope) {
      const link = network.open(address, handlers, scope);
      if (refusals-- > 0) scope.clock.setTimeout(() => handlers.onFailed(new Error('no such device')), 0);
      return link;
    },
  });
  own.publish(SERVICE);
  await clock.pass(5_000);
  assert.deepEqual(await search(), []);
  addresses = ['192.0.2.1'];
  for (let i = 0; i < 40; i++) await clock.pass(1_000);
  assert.deepEqual(
    (await search()).map(({ address }) => address),
    ['192.0.2.1'],
  );
  own.close();
});

test('who takes each name away ends the renaming', async () => {
  const { clock, publisher, network } = house();
  const own = publisher('192.0.2.1');
  const publication = own.publish(SERVICE);
  const taker = network.open(
    '192.0.2.66',
    {
      onFailed: assert.fail,
      onPacket(packet) {
        const [question] = packet.questions ?? [];
        if (!question) return;
        const data = { port: 1, target: 'other.local' };
        taker.send({ type: 'response', answers: [{ type: 'SRV', name: question.name, ttl: 120, data }] });
      },
    },
    createScope('hostile', { clock, log: silentLog, onCrash: (error) => assert.fail(String(error)) }),
  );
  for (let i = 0; i < 300; i++) await clock.pass(100);
  assert.equal(publication.name, 'hall (21)');
  own.close();
});
