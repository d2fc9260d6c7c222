import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHttpFetch } from '../../../actors/assistant/requests/http-fetch.ts';
import { once } from '../../support/in-time.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

for (const isBegun of [true, false]) {
  test(`an abort closes the connection, however much garbage was collected; the answer has ${isBegun ? '' : 'not '}begun`, async (t) => {
    const server = createServer((_, response: ServerResponse) => {
      if (isBegun) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      server.emit('asked', response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const http = createHttpFetch('peer');
    t.after(() => {
      http.close();
      server.close();
    });
    const abort = new AbortController();
    const asked = once(server, 'asked');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const answer = http.fetch(url, { signal: abort.signal }).then((response) => response.text());
    answer.catch(() => {});
    const [response] = (await asked) as [ServerResponse];
    // What is only weakly held is gone after some turns of the event loop.
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
    const closed = once(response, 'close');
    abort.abort();
    await closed;
    await assert.rejects(answer);
  });
}
