/**
 * An invalid message on the embedded cloud's sync socket ends only that connection.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { api } from '../../convex/_generated/api.js';
import { authenticateAs, type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { inTime, once } from '../support/in-time.ts';

let cloud: EmbeddedProcess;
let clients: CloudClients;
before(async () => {
  cloud = await startEmbeddedProcess();
  clients = cloudClients(cloud);
});
after(async () => {
  await clients.close();
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

/** Checks every message: several may come at once. */
function answerTo(socket: WebSocket, requestId: number): Promise<MutationResponse> {
  const wanted = new Promise<MutationResponse>((resolve) => {
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data));
      if (answer.type === 'MutationResponse' && answer.requestId === requestId) resolve(answer);
    });
  });
  return inTime(wanted, `the answer to ${requestId}`);
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
    assert.deepEqual(await clients.asOperator.query(api.devices.list, {}), []);
  });
}

test('a call with invalid arguments is answered, and the connection stays open', async () => {
  const socket = await open();
  const values = ['{"$bad":1}', '{"request":{"$integer":"!"}}', '5', 'null', '[[]]', '{"__proto__":{"request":"x"}}'];
  for (const [requestId, value] of values.entries()) {
    const answered = answerTo(socket, requestId);
    socket.send(`{"type":"Mutation","requestId":${requestId},"udfPath":"pairing:request","args":[${value}]}`);
    assert.equal((await answered).success, false);
  }
  socket.terminate();
});

/** @returns how many calls were answered */
async function callsUntilHungUp(attempt: (sessionId: string, requestId: number) => string[]) {
  const socket = await open();
  let answers = 0;
  socket.on('message', (data) => {
    if (String(data).includes('MutationResponse')) answers += 1;
  });
  for (let i = 0; i < 20; i++) for (const message of attempt('gateway', i)) socket.send(message);
  await once(socket, 'close');
  return answers;
}

test('a client without a token is disconnected after a few calls', async () => {
  const answers = await callsUntilHungUp((sessionId, requestId) => [
    JSON.stringify({ type: 'Connect', sessionId }),
    JSON.stringify({ type: 'Mutation', requestId, udfPath: 'devices:list', args: [{}] }),
  ]);
  assert.ok(answers > 10 && answers < 20, `${answers} answers`);
});

test('a client without a token cannot displace the cached results of one that has it', async () => {
  const authenticate = await authenticateAs('gateway', cloud);
  const attempt = (sessionId: string, requestId: number) => [
    JSON.stringify({ type: 'Connect', sessionId }),
    JSON.stringify({
      type: 'Mutation',
      requestId,
      udfPath: 'pairing:request',
      args: [{ request: 'once', code: '123456', device: 'kitchen' }],
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
  const { ts: _first, ...first } = await ask([authenticate, ...attempt('gateway', 1)]);
  assert.equal(first.success, true);
  for (let connection = 0; connection < 80; connection++) await callsUntilHungUp(attempt);
  const { ts: _again, ...again } = await ask([authenticate, ...attempt('gateway', 1)]);
  assert.deepEqual(again, first);
});

test('mutations do not wait for subscribed queries: their changes are sent together', async () => {
  const socket = await open();
  socket.send(await authenticateAs('gateway', cloud));
  const watcher = await open();
  watcher.send(await authenticateAs('viewer', cloud));
  const mutation = (requestId: number) => ({
    type: 'Mutation',
    requestId,
    udfPath: 'reports:add',
    args: [{ device: 'kitchen', at: requestId, figures: { x: 1 } }],
  });
  const watched = Array.from({ length: 60 }, (_, queryId) => ({
    type: 'Add',
    queryId,
    udfPath: 'reports:list',
    args: [{ device: 'kitchen', limit: 1 + queryId }],
  }));
  const first = answerTo(socket, 0);
  socket.send(JSON.stringify(mutation(0)));
  await first;
  watcher.send(JSON.stringify({ type: 'ModifyQuerySet', baseVersion: 0, newVersion: 1, modifications: watched }));
  let transitions = 0;
  let rows = 0;
  const told = new Promise<void>((resolve) => {
    watcher.on('message', (data) => {
      const { type, modifications = [] } = JSON.parse(String(data));
      if (type !== 'Transition') return;
      transitions += 1;
      for (const { queryId, value } of modifications) if (queryId === 59) rows = value.length;
      if (rows === 31) resolve();
    });
  });
  for (let requestId = 1; requestId <= 30; requestId++) socket.send(JSON.stringify(mutation(requestId)));
  await inTime(told, () => `31 rows; there were ${rows}`);
  assert.ok(transitions < 15, `${transitions} transitions for 30 mutations`);
  socket.terminate();
  watcher.terminate();
});
