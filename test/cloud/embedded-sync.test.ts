/**
 * What comes over the embedded cloud's sync socket and is no message: it ends that connection, and nothing else.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { ConvexClient } from 'convex/browser';
import { WebSocket } from 'ws';
import { api } from '../../convex/_generated/api.js';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';

let cloud: EmbeddedProcess;
let client: ConvexClient;
before(async () => {
  cloud = await startEmbeddedProcess();
  client = new ConvexClient(cloud.url, { logger: false });
});
after(async () => {
  await client.close();
  await cloud.close();
});

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/api/1.0.0/sync`);
  await once(socket, 'open');
  return socket;
}

interface MutationResponse {
  requestId: number;
  success: boolean;
  result: unknown;
  ts?: string;
}

/** Every message is looked at: several may come at once. */
function answerTo(socket: WebSocket, requestId: number): Promise<MutationResponse> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data));
      if (answer.type === 'MutationResponse' && answer.requestId === requestId) resolve(answer);
    });
  });
}

const NONE = [
  'not JSON',
  'null',
  '[]',
  '{}',
  '{"type":"constructor"}',
  '{"type":"Connect"}',
  '{"type":"ModifyQuerySet","newVersion":1}',
  '{"type":"ModifyQuerySet","newVersion":1,"modifications":[null]}',
  '{"type":"ModifyQuerySet","newVersion":1,"modifications":[{"type":"Add","queryId":"0","udfPath":"devices:list","args":[]}]}',
  '{"type":"Mutation","requestId":1,"udfPath":["devices:list"],"args":[]}',
  '{"type":"Action","requestId":1,"udfPath":"devices:list"}',
];
for (const message of NONE) {
  test(`${message} closes the connection with 1003`, async () => {
    const socket = await open();
    socket.send(message);
    const [code] = await once(socket, 'close');
    assert.equal(code, 1_003);
    assert.deepEqual(await client.query(api.devices.list, { gatewayKey: cloud.gatewayKey }), []);
  });
}

test('a message with arguments that are none is answered, and the connection stays', async () => {
  const socket = await open();
  const values = [
    '{"$bad":1}',
    '{"gatewayKey":{"$integer":"!"}}',
    '5',
    'null',
    '[[]]',
    '{"__proto__":{"gatewayKey":"x"}}',
  ];
  for (const [requestId, value] of values.entries()) {
    const answered = answerTo(socket, requestId);
    socket.send(`{"type":"Mutation","requestId":${requestId},"udfPath":"pairing:request","args":[${value}]}`);
    assert.equal((await answered).success, false);
  }
  socket.terminate();
});

test('who has no key cannot push out the answers that are kept for who has one', async () => {
  const { gatewayKey } = cloud;
  const attempt = (sessionId: string, key: string, requestId: number) => [
    JSON.stringify({ type: 'Connect', sessionId }),
    JSON.stringify({
      type: 'Mutation',
      requestId,
      udfPath: 'pairing:request',
      args: [{ gatewayKey: key, request: 'once', code: '123456', device: 'kitchen' }],
    }),
  ];
  async function ask(messages: string[]): Promise<MutationResponse> {
    const socket = await open();
    const answered = answerTo(socket, 1);
    for (const message of messages) socket.send(message);
    const answer = await answered;
    socket.terminate();
    return answer;
  }
  const first = await ask(attempt('gateway', gatewayKey, 1));
  assert.equal(first.success, true);
  const flood = await open();
  let answers = 0;
  const all = new Promise<void>((resolve) =>
    flood.on('message', (data) => {
      if (String(data).includes('MutationResponse') && ++answers === 1_200) resolve();
    }),
  );
  for (let i = 0; i < 1_200; i++) for (const message of attempt('stranger', 'wrong', i)) flood.send(message);
  await all;
  flood.terminate();
  assert.deepEqual(await ask(attempt('gateway', gatewayKey, 1)), first);
});
