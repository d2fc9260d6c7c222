/**
 * Which devices are accepted, how a token identifies them, and how a device without one gets it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import type { Admission } from '../../actors/cloud/access.ts';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { CachedReplyFile } from '../../src/core/actor/data-plane.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { Settings } from '../../src/protocol/control.ts';
import { type Client, connected, dial, FINAL, hello, packet, turnStart } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { inTime } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';

/** The operator's actions on a test's gateway. */
interface Operator {
  approve(): void;
  set(settings: Settings): void;
  giveReply(reply: CachedReplyFile): void;
  revoke(reason: string): void;
  arrivedInCloud(): void;
}

async function withGateway(
  admission: Admission,
  use: (gateway: Gateway, operator: Operator) => Promise<void>,
  pairing: Partial<Cloud> = {},
): Promise<void> {
  const operator = {} as Operator;
  const stored = new Promise<void>((resolve) => {
    operator.arrivedInCloud = resolve;
  });
  const { recorder } = withoutCloud({ has: () => false, async record() {}, inCloud: () => stored });
  const cloud: Partial<Cloud> = {
    requestPairing: async () => ({ expiresAt: Date.now() + 60_000 }),
    watchPairing(_request, onApproved) {
      operator.approve = onApproved;
      return () => {};
    },
    claimPairing: async () => ({ device: 'kitchen', tokenExpiresAt: Date.now() + 1e9 }),
    withdrawPairing: async () => {},
    ...pairing,
  };
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: {
      recorder,
      ready: Promise.resolve(cloud as Cloud),
      access: {
        admit: async () => admission,
        knowPaired() {},
        watch(_guest, { onSettings, onRevoked, onCachedReply }) {
          Object.assign(operator, { set: onSettings, revoke: onRevoked, giveReply: onCachedReply });
          return () => {};
        },
      },
    },
    log: silentLog,
  });
  try {
    await use(gateway, operator);
  } finally {
    await gateway.close();
  }
}

const KITCHEN: Admission = { kind: 'device', device: 'kitchen', tokenHash: 'h' };

describe('a token', () => {
  const refusals: (Admission & { kind: 'refused' })[] = [
    { kind: 'refused', status: 401, code: 'token_revoked', reason: 'it was revoked' },
    { kind: 'refused', status: 503, code: 'cloud_unavailable', reason: 'nobody to ask' },
  ];
  for (const refusal of refusals) {
    test(`that is answered by ${refusal.code} is refused with ${refusal.status}, by that name`, async () => {
      await withGateway(refusal, async ({ url }) => {
        const socket = new WebSocket(`${url}/v1/stream`, 'earshot.v1');
        const refused = new Promise<{ status: number | undefined; body: string }>((resolve) => {
          socket.on('unexpected-response', (_request, response) => {
            let body = '';
            response.on('data', (data) => {
              body += data;
            });
            response.on('end', () => resolve({ status: response.statusCode, body }));
          });
        });
        const answer = await inTime(refused, 'the refusal');
        assert.equal(answer.status, refusal.status);
        assert.deepEqual(JSON.parse(answer.body), { code: refusal.code, error: refusal.reason });
      });
    });
  }

  test('identifies a device, whatever its hello contains', async () => {
    await withGateway(KITCHEN, async ({ url }) => {
      const first = await connected(url, 'one name');
      const second = await connected(url, 'another name');
      assert.equal(await first.closed, 4_001);
      second.close();
    });
  });

  test('that is revoked ends the connection', async () => {
    await withGateway(KITCHEN, async ({ url }, operator) => {
      const client = await connected(url, 'kitchen');
      operator.revoke('the token of this device was revoked');
      await client.waitForMessage('bye');
      assert.equal(await client.closed, 4_003);
    });
  });
});

describe('settings', () => {
  test('are sent when they change, and to a later connection right after its welcome', async () => {
    await withGateway(KITCHEN, async ({ url }, operator) => {
      const first = await dial(url);
      first.send(hello('kitchen'));
      const { session } = await first.waitForMessage('welcome');
      await first.settled();
      operator.set({ volumePercent: 50 });
      assert.deepEqual((await first.waitForMessage('settings')).settings, { volumePercent: 50 });
      const second = await connected(url, 'kitchen', { resume: { session, turn: 1, downlinkNext: 0 } });
      await second.settled();
      assert.deepEqual(
        second.messages.map(({ type }) => type),
        ['welcome', 'settings', 'pong'],
      );
      second.close();
    });
  });
});

test('a cached reply is sent completely', async () => {
  await withGateway(KITCHEN, async ({ url }, operator) => {
    const client = await connected(url, 'kitchen');
    const file = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
    operator.giveReply({ key: 'sorry', text: 'Later.', file });
    const { key, text, file: inBase64 } = await client.waitForMessage('reply.cached');
    assert.deepEqual([key, text], ['sorry', 'Later.']);
    assert.deepEqual(new Uint8Array(Buffer.from(String(inBase64), 'base64')), file);
    client.close();
  });
});

test('a turn that has reached the cloud is confirmed a second time', async () => {
  await withGateway(KITCHEN, async ({ url }, operator) => {
    const client = await connected(url, 'kitchen');
    client.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: FINAL }));
    assert.equal((await client.waitForMessage('turn.stored', 1)).cloud, undefined);
    await client.waitForMessage('turn.done', 1);
    operator.arrivedInCloud();
    await client.waitFor(
      ({ type, turn, cloud }) => type === 'turn.stored' && turn === 1 && cloud === true,
      'the cloud',
    );
    client.close();
  });
});

describe('a device without a token', () => {
  const unpaired = (use: (client: Client, operator: Operator) => Promise<void>, pairing: Partial<Cloud> = {}) =>
    withGateway(
      { kind: 'unpaired' },
      async ({ url }, operator) => {
        const client = await dial(url);
        client.send(hello('newcomer'));
        await use(client, operator);
      },
      pairing,
    );

  test('gets a code, and a token once the code is approved', async () => {
    await unpaired(async (client, operator) => {
      assert.match(String((await client.waitForMessage('pair.pending')).code), /^\d{6}$/);
      operator.approve();
      assert.match(String((await client.waitForMessage('pair.approved')).token), /^[\w-]{32,256}$/);
      await client.waitForMessage('bye');
      assert.equal(await client.closed, 1_000);
      assert.ok(!client.messages.some(({ type }) => type === 'welcome'));
    });
  });

  test('may only ping', async () => {
    await unpaired(async (client) => {
      await client.waitForMessage('pair.pending');
      await client.settled();
      const wrong = [turnStart(1), packet({ turn: 1, sequence: 0 }), 'not json', hello('again')];
      client.send(...wrong);
      await client.settled();
      const errors = client.messages.filter(({ type }) => type === 'error').map(({ code }) => code);
      assert.deepEqual(errors, Array(4).fill('not_paired'));
      client.send(turnStart(2));
      assert.equal(await client.closed, 1_008);
    });
  });

  test('gets a bye when the gateway stops, also before its hello', async () => {
    await withGateway({ kind: 'unpaired' }, async (gateway) => {
      const [client, silent] = [await dial(gateway.url), await dial(gateway.url)];
      client.send(hello('newcomer'));
      await client.waitForMessage('pair.pending');
      await gateway.close();
      assert.deepEqual([await client.closed, await silent.closed], [1_001, 1_001]);
    });
  });

  test('is disconnected when its code has expired', async () => {
    await unpaired(
      async (client) => {
        await client.waitForMessage('pair.pending');
        assert.equal(await client.closed, 1_000);
        assert.ok(!client.messages.some(({ type }) => type === 'pair.approved'));
      },
      { requestPairing: async () => ({ expiresAt: Date.now() + 1_000 }) },
    );
  });

  test('frees its code when it disconnects, also before it has one', async () => {
    const withdrawn: string[] = [];
    const requested: string[] = [];
    let giveCode = () => {};
    const pairing: Partial<Cloud> = {
      async requestPairing({ request }) {
        requested.push(request);
        if (requested.length === 2) await new Promise<void>((resolve) => (giveCode = resolve));
        return { expiresAt: Date.now() + 60_000 };
      },
      async withdrawPairing({ request }) {
        withdrawn.push(request);
      },
    };
    await withGateway(
      { kind: 'unpaired' },
      async ({ url }) => {
        const [first, second] = [await dial(url), await dial(url)];
        first.send(hello('first'));
        await first.waitForMessage('pair.pending');
        first.terminate();
        await eventually(() => withdrawn.length === 1, 'the first request is withdrawn');
        second.send(hello('second'));
        await eventually(() => requested.length === 2, 'the second request');
        second.terminate();
        await eventually(() => withdrawn.length === 2, 'the second request is withdrawn');
        giveCode();
        await eventually(() => withdrawn.length === 3, 'the third request is withdrawn');
        assert.deepEqual(new Set(withdrawn), new Set(requested));
      },
      pairing,
    );
  });

  test('of an address with five waiting devices is refused; the others keep their codes', async () => {
    await withGateway({ kind: 'unpaired' }, async ({ url }) => {
      const waiting = await Promise.all(Array.from({ length: 5 }, () => dial(url)));
      for (const client of waiting) client.send(hello('newcomer'));
      for (const client of waiting) await client.waitForMessage('pair.pending');
      const sixth = await dial(url);
      sixth.send(hello('sixth'));
      assert.equal((await sixth.waitForMessage('error')).code, 'too_many_attempts');
      assert.equal(await sixth.closed, 1_013);
      for (const client of waiting) {
        await client.settled();
        client.close();
      }
    });
  });

  test('is asked to reconnect later when no code is available', async () => {
    await unpaired(
      async (client) => {
        const { retryable } = await client.waitForMessage('error');
        assert.equal(retryable, true);
        assert.equal(await client.closed, 1_013);
      },
      { requestPairing: () => Promise.reject(new Error('away')) },
    );
  });
});
