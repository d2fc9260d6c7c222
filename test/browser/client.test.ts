/**
 * The client library in Chromium: the page of examples/client talks to a gateway of another origin, and what is said without a gateway
 * survives a reload in IndexedDB. A page of another origin, also of one that may connect, gets none of the gateway's pages into a frame.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type * as Earshot from '../../src/client/browser/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { browserMissing, withBrowser } from './browser.ts';
import { ANSWER, QUESTION, repeat } from './talk-gateway.ts';

const tree = fileURLToPath(new URL('../../', import.meta.url));
/** What a page of one's own has beside itself (docs/library.md). */
const FILES: Record<string, [path: string, type: string]> = {
  '/': ['examples/client/page.html', 'text/html; charset=utf-8'],
  '/client.js': ['dist/client.js', 'text/javascript'],
  '/worklet.js': ['dist/pages/talk/worklet.js', 'text/javascript'],
  '/opus.wasm': ['dist/pages/talk/opus.wasm', 'application/wasm'],
  '/voice.wasm': ['dist/pages/talk/voice.wasm', 'application/wasm'],
};

const site = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
  if (pathname === '/frame') {
    response.writeHead(200, { 'content-type': 'text/html' });
    return void response.end(`<!doctype html><title>a trap</title><iframe src="${searchParams.get('of')}"></iframe>`);
  }
  const [path, type] = FILES[pathname] ?? [];
  if (path === undefined) return void response.writeHead(204).end();
  response.writeHead(200, { 'content-type': type }).end(readFileSync(join(tree, path)));
});
/** Frames of the recorded turns. */
const recorded = new Map<string, number>();

before(() => new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve)));
after(() => site.close());

async function withGateway(origin: string, work: (gateway: Gateway) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (state) => {
    const gateway = await startGateway({
      ...{ host: '127.0.0.1', port: 0, responder: repeat, log: silentLog },
      web: { state, allowedOrigins: [origin] },
      cloud: withoutCloud({
        has: (_device, id) => recorded.has(id),
        async record({ id, audio }) {
          let frames = 0;
          for await (const packets of audio.packets()) for (const packet of packets) frames += packet.frames.length;
          recorded.set(id, frames);
        },
      }),
    });
    await work(gateway).finally(() => gateway.close());
  });
}

/** Runs in the page: delivers what an earlier page has stored. */
async function deliver({ url, name }: { url: string; name: string }) {
  const { createClient, openTurnDatabase } = (await import('./client.js' as string)) as typeof Earshot;
  const turns = await openTurnDatabase(name);
  const client = createClient({ url, name: 'reloaded', turns });
  const isSent = new Promise((resolve) => client.on('unsent', (unsent) => unsent.turns === 0 && resolve(true)));
  const stored = new Promise<string>((resolve) => {
    client.on('turn', (turn) => turn.on('stored', () => resolve(turn.id)));
  });
  client.connect();
  const storedId = await stored;
  await isSent;
  await client.close();
  const left = await turns.disk.list(turns.folder);
  await turns.close();
  return { storedId, left };
}

test('the page of the example talks, turns survive a reload, and no page of the gateway is framed', {
  skip: browserMissing(),
}, async () => {
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const flags = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
  await withGateway(origin, async (gateway) => {
    await withBrowser(
      async ({ open, context }) => {
        const { page, complaints } = await open(`${origin}/?gateway=${gateway.url}`);
        await page.getByText('connected').waitFor();
        const button = page.getByRole('button', { name: 'Talk' });
        await button.click();
        await page.getByText('what time').waitFor();
        await button.click();
        await page.getByText(QUESTION).waitFor();
        await page.getByText(ANSWER.join(' ')).waitFor();
        await page.getByText('done').waitFor();
        await eventually(() => recorded.size === 1, 'the turn is recorded');
        assert.ok([...recorded.values()].every((frames) => frames > 0));
        await page.close();
        // Errors of the connection to its gateway, which is not of this page, would be shown here.
        assert.deepEqual(complaints, []);

        const second = await context.newPage();
        await second.goto(`${origin}/?gateway=${gateway.url}`);
        await second.getByText('connected').waitFor();
        const nowhere = `ws://127.0.0.1:${await freePort()}`;
        const id = await second.evaluate(async (url) => {
          const { createClient, openTurnDatabase } = (await import('./client.js' as string)) as typeof Earshot;
          const turns = await openTurnDatabase('test');
          const inUse = await openTurnDatabase('test').catch(({ code }) => code);
          if (inUse !== 'state_in_use') throw new Error(`a second tab: ${inUse}`);
          const client = createClient({ url, name: 'reloaded', turns });
          client.connect();
          const turn = client.talk();
          for (let i = 0; i < 30; i++) turn.send(Uint8Array.of(1, i));
          const kept = new Promise((resolve) => client.on('unsent', (unsent) => unsent.turns === 1 && resolve(true)));
          turn.end();
          await kept;
          await client.close();
          await turns.close();
          return turn.id;
        }, nowhere);
        // A page that is left while somebody speaks has stored all of it.
        const cut = await second.evaluate(async (url) => {
          const { createClient, openTurnDatabase } = (await import('./client.js' as string)) as typeof Earshot;
          const turns = await openTurnDatabase('cut');
          const client = createClient({ url, name: 'cut', turns });
          client.connect();
          const turn = client.talk();
          turn.send(Uint8Array.of(1, 0));
          while ((await turns.disk.list(turns.folder)).length === 0) await new Promise((r) => setTimeout(r, 20));
          for (let i = 1; i < 30; i++) turn.send(Uint8Array.of(1, i));
          return turn.id;
        }, nowhere);
        await second.reload();
        assert.deepEqual(await second.evaluate(deliver, { url: gateway.url, name: 'cut' }), {
          storedId: cut,
          left: [],
        });
        assert.equal(recorded.get(cut), 30);
        const delivered = await second.evaluate(deliver, { url: gateway.url, name: 'test' });
        assert.deepEqual(delivered, { storedId: id, left: [] });
        assert.equal(recorded.get(id), 30);
        await second.close();

        for (const path of ['/talk/', '/console/']) {
          const trap = await context.newPage();
          await trap.goto(`${origin}/frame?of=${gateway.webUrl}${path}`);
          assert.equal(trap.frames()[1]?.url(), 'chrome-error://chromewebdata/', `${path} in a frame`);
          await trap.close();
        }
      },
      { flags },
    );
  });
});
