/**
 * A session that a command ends: its sockets are closed at the next check, others stay.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { openApiSockets } from '../../src/gateway/web/api-sockets.ts';
import { openSignInStore } from '../../src/gateway/web/sign-in-store.ts';
import { openFrontDoor } from '../../src/server/front-door.ts';
import { createRouting } from '../../src/server/routes.ts';
import { once } from '../support/in-time.ts';

test('a session that is ended by a command loses its sockets at the next check, and no other does', async () => {
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-session-'));
  const cloud = createServer();
  new WebSocketServer({ server: cloud });
  cloud.listen(0, '127.0.0.1');
  await once(cloud, 'listening');

  const store = openSignInStore(state, Date.now);
  let check: (() => Promise<void>) | undefined;
  const clock = {
    ...{ now: () => performance.now(), wallNow: Date.now, clearTimeout: () => {} },
    // The other timer is the patience with a page that shows no token.
    setTimeout(callback: () => void, delayMs: number) {
      if (delayMs === 5_000) check = callback as () => Promise<void>;
    },
  };
  const origins = { isOurHost: () => true, isOurPage: () => true, mayStream: () => true };
  const sockets = openApiSockets({
    cloudUrl: async () => `http://127.0.0.1:${(cloud.address() as AddressInfo).port}`,
    // The token of these pages is the id of their session.
    pass: { holderOf: (id) => store.session(id) },
    refuse: (...refusal) => front.refuse(...refusal),
    ...{ store, origins, limits: DEFAULT_LIMITS, clock, log: silentLog },
  });
  const routing = createRouting({
    routes: sockets.routes,
    notFound: {},
    refuse: (...refusal) => front.refuse(...refusal),
  });
  const front = openFrontDoor({ limits: DEFAULT_LIMITS, log: silentLog, ...routing });
  const { port } = await front.listen(0, '127.0.0.1');

  async function open(role: 'operator' | 'viewer') {
    const made = await store.redeem(await store.createLink(role), '127.0.0.1');
    assert.ok(typeof made === 'object');
    const page = new WebSocket(`ws://127.0.0.1:${port}/api/1.48.0/sync`);
    const behind = once(cloud, 'upgrade');
    await once(page, 'open');
    page.send(JSON.stringify({ type: 'Authenticate', baseVersion: 0, tokenType: 'User', value: made.session.id }));
    await behind;
    return { page, id: made.session.id };
  }

  try {
    const [first, second] = [await open('operator'), await open('viewer')];
    await check?.();
    assert.equal(first.page.readyState, WebSocket.OPEN);
    const closed = once(first.page, 'close');
    await store.end(first.id);
    await check?.();
    assert.equal((await closed)[0], 1008);
    assert.equal(second.page.readyState, WebSocket.OPEN);
    second.page.terminate();
  } finally {
    sockets.close();
    await front.close(0);
    cloud.closeAllConnections();
    cloud.close();
    rmSync(state, { recursive: true, force: true });
  }
});
