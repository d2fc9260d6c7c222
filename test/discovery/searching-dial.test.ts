import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScope } from '../../src/core/actor/scope.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { PairedGateway } from '../../src/device/paired-gateway.ts';
import { searchingDial } from '../../src/device/searching-dial.ts';
import { type FoundGateway, readGateway } from '../../src/discovery/gateway-service.ts';
import { fakeDial } from '../support/fake-socket.ts';
import { testClock } from '../support/simulated-clock.ts';

const at = (address: string, id = 'id-of-hall'): FoundGateway => ({ name: id, id, url: new URL(`ws://${address}`) });

function device(paired?: PairedGateway) {
  const clock = testClock();
  const { dial: open, sockets, last } = fakeDial();
  const dialled: string[] = [];
  const chosen: string[] = [];
  const searches: ((found: FoundGateway[]) => void)[] = [];
  const ends: (EarshotError | undefined)[] = [];
  const dial = searchingDial({
    dialTo: (url) => {
      dialled.push(url.host);
      return open;
    },
    search: (_scope, onDone) => void searches.push(onDone),
    paired,
    onChosen: ({ url }) => chosen.push(url.host),
  });
  const scope = createScope('test', { clock, log: silentLog, onCrash: (error) => assert.fail(String(error)) });
  const handlers = {
    onOpen() {},
    onText() {},
    onBinary() {},
    onClose: (_code: number, _reason: string, error?: EarshotError) => void ends.push(error),
  };
  return {
    ...{ clock, sockets, last, dialled, chosen, searches, ends },
    connect: () => dial(handlers, scope),
  };
}

test('the only gateway of the network is dialled, and again without a search until it cannot be reached', () => {
  const { connect, searches, dialled, last, ends } = device();
  connect();
  searches[0]?.([at('192.0.2.1:4433'), at('198.51.100.1:4433')]);
  assert.deepEqual(dialled, ['198.51.100.1:4433'], 'one gateway on two networks is one');
  last().handlers.onOpen();
  last().end(1_001);
  connect();
  assert.equal(dialled.length, 2);
  last().end(1_006);
  assert.equal(ends.length, 2);
  connect();
  assert.equal(searches.length, 2);
});

test('none, and several, are said', () => {
  const { connect, searches, ends } = device();
  connect();
  searches[0]?.([]);
  connect();
  searches[1]?.([at('192.0.2.1:4433', 'hall'), at('192.0.2.2:4433', 'attic')]);
  assert.deepEqual(
    ends.map((error) => error?.code),
    ['gateway_not_found', 'several_gateways'],
  );
  assert.match(ends[1]?.message ?? '', /attic \(ws:\/\/192\.0\.2\.2:4433\), hall/);
});

test('a paired device goes to its gateway, wherever it is, and to no other', () => {
  const { connect, searches, dialled, last } = device({ url: new URL('ws://192.0.2.1:4433'), id: 'id-of-hall' });
  connect();
  last().end(1_006);
  connect();
  searches[0]?.([at('192.0.2.66:4433', 'id-of-another')]);
  last().end(1_006);
  connect();
  searches[1]?.([at('192.0.2.66:4433', 'id-of-another'), at('192.0.2.9:4433')]);
  assert.deepEqual(dialled, ['192.0.2.1:4433', '192.0.2.1:4433', '192.0.2.9:4433']);
});

test('a gateway with a certificate stays at its name', () => {
  const { connect, searches, dialled, last } = device({ url: new URL('wss://hall.example'), id: 'id-of-hall' });
  connect();
  last().end(1_006);
  connect();
  assert.deepEqual([dialled.length, searches.length], [2, 0]);
});

test('a connection that is ended during the search is closed once and opens nothing', async () => {
  const { clock, connect, searches, dialled, ends } = device();
  connect().terminate();
  await clock.pass(1);
  searches[0]?.([at('192.0.2.1:4433')]);
  assert.deepEqual([ends.length, dialled.length], [1, 0]);
});

test('a service that is no gateway for this version is ignored', () => {
  const found = { type: '_earshot._tcp', name: 'x', port: 4433, address: '192.0.2.1' };
  const txt = { protocol: '1', id: 'id-of-hall', tls: '0' };
  assert.equal(readGateway({ ...found, txt })?.url.href, 'ws://192.0.2.1:4433/');
  assert.equal(readGateway({ ...found, txt: { ...txt, tls: '1' } })?.url.protocol, 'wss:');
  for (const wrong of [
    { protocol: '2' },
    { id: '' },
    { id: 'a b' },
    { url: 'http://192.0.2.1' },
    { url: 'ws://user:password@192.0.2.1' },
    { url: 'ws://' },
  ])
    assert.equal(readGateway({ ...found, txt: { ...txt, ...wrong } }), undefined, JSON.stringify(wrong));
});
