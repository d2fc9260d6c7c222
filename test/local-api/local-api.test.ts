/**
 * The local API on real sockets: the state, the events, the commands, several clients at a time, and who may not use it.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TurnRecord } from '../../machines/turn-record.ts';
import { PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { apiToken } from '../../src/device/local-api/access.ts';
import { startLocalApi } from '../../src/device/local-api/local-api-server.ts';
import { eventually } from '../support/eventually.ts';
import { once } from '../support/in-time.ts';
import { parseMetrics } from '../support/prometheus.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { testScope } from '../support/test-scope.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { ask, follow, openApi, TOKEN } from './api.ts';

const BEARER = { authorization: `Bearer ${TOKEN}` };

test('the state is the same on the socket and on the port', async (t) => {
  const { path, port, enter, note } = await openApi(t);
  note({ type: 'link.changed', up: true });
  enter('streaming', 4);
  note({ type: 'microphone.changed', state: 'recording' });
  note({ type: 'attention.changed', attention: 'end' });
  const expected = {
    state: 'streaming',
    turn: 4,
    connected: true,
    microphone: 'recording',
    attention: 'end',
    muted: false,
    volumePercent: 100,
    listening: PUSH_TO_TALK,
  };
  assert.deepEqual((await ask({ socketPath: path }, '/v1/state')).body, expected);
  assert.deepEqual((await ask({ port }, '/v1/state', { headers: BEARER })).body, expected);
});

test('each client gets the state first, and then every event of the types that it named', async (t) => {
  const { path, port, enter, note } = await openApi(t);
  enter('playing', 1);
  const [all, some] = await Promise.all([
    follow({ socketPath: path }),
    follow({ port }, '/v1/events?types=turn,link', BEARER),
  ]);
  assert.equal((await all.next()).data.state, 'playing');
  assert.deepEqual((await some.next()).event, 'snapshot');

  note({ type: 'reply.text', turn: 1, text: 'It is noon.', fromMs: 0 } as never);
  const record: TurnRecord = {
    ...{ turn: 1, id: 'id', trigger: 'api', startedAtMs: 1, states: [], roundTripMs: 1, outcome: 'done' },
    ...{ replyText: 'It is noon.', transcript: 'what time is it' },
  };
  note({ type: 'turn.finished', record });
  enter('idle', 1);
  const caption = await all.next();
  assert.deepEqual([caption.event, caption.data], ['caption', { kind: 'reply', turn: 1, text: 'It is noon.' }]);
  assert.equal((await all.next()).event, 'turn');
  assert.deepEqual(await all.next(), { event: 'state', id: 3, data: { state: 'idle', turn: 1 } });
  const { event, data } = await some.next();
  assert.deepEqual(
    [event, data.transcript, data.reply, data.outcome],
    ['turn', 'what time is it', 'It is noon.', 'done'],
  );
});

test('levels are measured only while a client wants them', async (t) => {
  const { path, events, wanted } = await openApi(t);
  const quiet = await follow({ socketPath: path }, '/v1/events?types=state');
  await quiet.next();
  assert.deepEqual(wanted, []);
  const meter = await follow({ socketPath: path }, '/v1/events?types=levels');
  await meter.next('snapshot');
  assert.deepEqual(wanted, [true]);
  events.levels({ microphone: { rmsDb: -30, peakDb: -20 } });
  assert.deepEqual((await meter.next()).data, { microphone: { rmsDb: -30, peakDb: -20 } });
  meter.close();
  await eventually(() => wanted.length === 2, 'levels are not wanted any more');
  assert.deepEqual(wanted, [true, false]);
});

test('press, release, cancel and interrupt reach the device; interrupt only while there is a reply', async (t) => {
  const { path, calls, enter } = await openApi(t);
  const post = (name: string) => ask({ socketPath: path }, `/v1/${name}`, { method: 'POST' });
  for (const name of ['press', 'release', 'cancel']) assert.equal((await post(name)).status, 200);
  const refused = await post('interrupt');
  assert.deepEqual([refused.status, refused.body.error?.code], [409, 'no_reply']);
  enter('playing', 1);
  assert.equal((await post('interrupt')).body.state, 'playing');
  assert.deepEqual(calls, ['press', 'release', 'cancel', 'cancel']);
});

test('mute and volume are settings of the device: told to every client; a press is refused while it is muted', async (t) => {
  const { path, calls } = await openApi(t);
  const where = { socketPath: path };
  const post = (name: string, body: object) =>
    ask(where, `/v1/${name}`, { method: 'POST', body: JSON.stringify(body) });
  const client = await follow(where, '/v1/events?types=mute,volume');
  assert.equal((await client.next()).data.muted, false);
  assert.equal((await post('mute', { muted: true })).body.muted, true);
  assert.equal((await post('volume', { volumePercent: 35 })).body.volumePercent, 35);
  assert.deepEqual((await client.next()).data, { muted: true });
  assert.deepEqual((await client.next()).data, { volumePercent: 35 });
  const refused = await post('press', {});
  assert.deepEqual([refused.status, refused.body.error?.code, calls], [409, 'muted', []]);
  for (const [name, body] of [
    ...[{}, { muted: 'false' }, { muted: 0 }, { muted: null }].map((each) => ['mute', each] as const),
    ...[{}, { volumePercent: -1 }, { volumePercent: 100.5 }, { volumePercent: '5' }].map(
      (each) => ['volume', each] as const,
    ),
  ]) {
    assert.equal((await post(name, body)).status, 400);
  }
  assert.deepEqual((await ask(where, '/v1/state')).body.muted, true);
});

test('the mode and its settings are changed one by one, and told to every client', async (t) => {
  const { path } = await openApi(t);
  const where = { socketPath: path };
  const post = (body: object) => ask(where, '/v1/mode', { method: 'POST', body: JSON.stringify(body) });
  const client = await follow(where, '/v1/events?types=mode');
  await client.next();
  const voice = { ...PUSH_TO_TALK, mode: 'voice', patience: 'patient' };
  assert.deepEqual((await post({ mode: 'voice', patience: 'patient' })).body.listening, voice);
  assert.deepEqual((await client.next()).data, voice);
  assert.deepEqual((await post({ followUpMs: 5_000 })).body.listening, { ...voice, followUpMs: 5_000 });
  const wrong = [{}, { mode: 'always' }, { mode: 1 }, { followUpMs: -1 }, { followUpMs: '5' }, { patience: null }];
  for (const body of [...wrong, { mode: 'push', interruption: 'x' }]) assert.equal((await post(body)).status, 400);
  assert.deepEqual((await ask(where, '/v1/state')).body.listening, { ...voice, followUpMs: 5_000 });
});

test('say is an announcement where the gateway is in the process, and is refused with the reason elsewhere', async (t) => {
  const said: object[] = [];
  const say = async (announcement: object) => {
    said.push(announcement);
    return { id: 'an id' };
  };
  const able = { socketPath: (await openApi(t, { say })).path };
  const unable = { socketPath: (await openApi(t)).path };
  const post = (where: { socketPath: string }, body: object) =>
    ask(where, '/v1/say', { method: 'POST', body: JSON.stringify(body) });
  assert.deepEqual((await post(able, { text: 'Dinner is ready', priority: 'urgent' })).body, { id: 'an id' });
  assert.deepEqual(said, [{ text: 'Dinner is ready', priority: 'urgent' }]);
  const refused = await post(unable, { text: 'Dinner is ready' });
  assert.deepEqual([refused.status, refused.body.error?.code], [501, 'no_operator']);
  for (const body of [{}, { text: ' ' }, { text: 'x'.repeat(1_001) }, { text: 5 }, { text: 'a', priority: 'x' }]) {
    assert.equal((await post(able, body)).status, 400);
  }
});

test('a setting that cannot be stored applies, and the client learns that it will not survive a restart', async (t) => {
  const { path } = await openApi(t, {
    mute() {
      throw new EarshotError('store_full', 'The disk of /x is full', 'Free some space on it.');
    },
  });
  const answer = await ask({ socketPath: path }, '/v1/mute', { method: 'POST', body: '{"muted":true}' });
  assert.deepEqual([answer.status, answer.body.error?.code], [500, 'store_full']);
});

test('a page in a browser gets nothing and presses nothing', async (t) => {
  const { path, port, calls } = await openApi(t);
  const attempts: Record<string, string>[] = [
    ...['http://evil.example', 'null', `http://127.0.0.1:${port}`].map((origin) => ({ ...BEARER, origin })),
    ...['cross-site', 'same-site', 'same-origin'].map((site) => ({ ...BEARER, 'sec-fetch-site': site })),
    { ...BEARER, host: 'evil.example' },
  ];
  for (const headers of attempts) {
    for (const where of [{ port }, { socketPath: path }]) {
      const pressed = await ask(where, '/v1/press', { method: 'POST', headers });
      const read = await ask(where, '/v1/state', { headers });
      assert.deepEqual([pressed.status, read.status, read.body.error?.code], [403, 403, 'not_for_pages']);
      assert.equal(read.headers['access-control-allow-origin'], undefined);
    }
  }
  // A preflight.
  const preflight = await ask({ port }, '/v1/press', { method: 'OPTIONS', headers: { origin: 'http://evil.example' } });
  assert.equal(preflight.status, 403);
  assert.deepEqual(calls, []);
});

test('the port needs the token', async (t) => {
  const { port, calls } = await openApi(t);
  for (const authorization of ['', 'Bearer', `Bearer ${TOKEN}x`, `Bearer ${'u'.repeat(TOKEN.length)}`, TOKEN]) {
    const refused = await ask({ port }, '/v1/press', { method: 'POST', headers: { authorization } });
    assert.deepEqual([refused.status, refused.body.error?.code], [401, 'not_authorized']);
    assert.equal((await ask({ port }, '/v1/events', { headers: { authorization } })).status, 401);
  }
  assert.deepEqual(calls, []);
});

test('invalid requests get a status, a code and a hint', async (t) => {
  const { path } = await openApi(t);
  const where = { socketPath: path };
  const post = (body: string) => ask(where, '/v1/press', { method: 'POST', body });
  const codeOf = async (answer: Promise<{ status: number; body: { error?: { code: string } } }>) => {
    const { status, body } = await answer;
    return [status, body.error?.code];
  };
  assert.deepEqual(await codeOf(ask(where, '/v1/nothing', { method: 'POST' })), [404, 'not_found']);
  assert.deepEqual(await codeOf(ask(where, '/v1/constructor', { method: 'POST' })), [404, 'not_found']);
  assert.deepEqual(await codeOf(ask(where, '/v1/press')), [405, 'wrong_method']);
  assert.deepEqual(await codeOf(ask(where, '/v1/state', { method: 'POST' })), [405, 'wrong_method']);
  assert.deepEqual(await codeOf(ask(where, '/v1/events?types=state,x')), [400, 'invalid']);
  for (const body of ['[', '[]', 'null', '1']) assert.deepEqual(await codeOf(post(body)), [400, 'invalid']);
  assert.deepEqual(await codeOf(post('x'.repeat(9_000))), [413, 'invalid']);
});

test('more than 20 commands a second are refused', async (t) => {
  const { path, calls } = await openApi(t);
  const press = () => ask({ socketPath: path }, '/v1/press', { method: 'POST' });
  const statuses = (await Promise.all(Array.from({ length: 60 }, press))).map(({ status }) => status);
  assert.ok(statuses.includes(429));
  assert.equal(calls.length, statuses.filter((status) => status === 200).length);
});

test('the 17th stream is refused, and its place is free when another has closed', async (t) => {
  const { path, api } = await openApi(t);
  const where = { socketPath: path };
  const clients = await Promise.all(Array.from({ length: 16 }, () => follow(where)));
  for (const client of clients) await client.next();
  const refused = await ask(where, '/v1/events');
  assert.deepEqual([refused.status, refused.body.error?.code], [503, 'too_many']);
  clients[0]?.close();
  await eventually(() => api.stats().streams === 15, 'one stream has ended');
  assert.equal((await (await follow(where)).next()).event, 'snapshot');
  assert.equal(api.stats().refused, 1);
});

test('a client that does not read costs a bounded number of bytes, and learns what it has missed', async (t) => {
  const { path, api, note, enter } = await openApi(t);
  const slow = await follow({ socketPath: path });
  await slow.next();
  slow.response.pause();
  const quick = await follow({ socketPath: path }, '/v1/events?types=state');
  await quick.next();
  const text = 'x'.repeat(1_000);
  for (let turn = 1; turn <= 2_000; turn++) note({ type: 'turn.partial', turn, text } as never);
  const { missed } = api.stats();
  // Unread: 64 KB here, and what the system takes.
  assert.ok(missed > 1_000, `${missed}`);
  enter('playing', 2_001);
  assert.equal((await quick.next()).data.turn, 2_001);
  slow.response.resume();
  const untilCaughtUp = (async () => {
    for (;;) {
      const { event, data } = await slow.next();
      if (event === 'missed') return data;
    }
  })();
  let isOver = false;
  void untilCaughtUp.then(() => {
    isOver = true;
  });
  // Each event is an opportunity to catch up.
  while (!isOver) {
    enter('idle', 2_002);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(Number((await untilCaughtUp).events) >= missed);
  assert.deepEqual((await slow.next()).data.state, 'idle');
});

test('a client that stays behind is disconnected', async (t) => {
  const clock = createVirtualClock();
  const { path, api, note } = await openApi(t, { clock });
  const slow = await follow({ socketPath: path });
  const quick = await follow({ socketPath: path }, '/v1/events?types=state');
  slow.response.pause();
  for (let turn = 1; turn <= 2_000; turn++) note({ type: 'turn.partial', turn, text: 'x'.repeat(1_000) } as never);
  await clock.run(29_000);
  assert.equal(api.stats().streams, 2);
  await clock.run(20_000);
  await eventually(() => api.stats().streams === 1, 'the slow client is dropped');
  assert.equal(api.stats().dropped, 1);
  quick.close();
});

test('the socket is for its user alone, or for a group', async (t) => {
  const { path } = await openApi(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const folder = mkdtempSync(join(tmpdir(), 'earshot-local-api-'));
  t.after(() => removeFolder(folder));
  const groupPath = join(folder, 'group.sock');
  await openApi(t, { socket: { path: groupPath, groupId: process.getgid?.() ?? 0 } });
  assert.equal(statSync(groupPath).mode & 0o777, 0o660);
});

test('a socket that a killed process has left is replaced; one in use is not', async (t) => {
  const { path, events } = await openApi(t);
  const open = async (at: string) => {
    const scope = testScope(systemClock);
    t.after(() => scope.end());
    const target = {
      state: events.state,
      press() {},
      release() {},
      cancel() {},
      mute() {},
      setVolume() {},
      listen() {},
    };
    return startLocalApi(
      { socket: { path: at }, events, target, readMetrics: async () => [], onLevelsWanted() {} },
      scope,
    );
  };
  await assert.rejects(open(path), /another process listens there/);
  assert.equal((await ask({ socketPath: path }, '/v1/state')).status, 200);

  const folder = mkdtempSync(join(tmpdir(), 'earshot-local-api-'));
  t.after(() => removeFolder(folder));
  const left = join(folder, 'left.sock');
  const gone = createServer().listen(left);
  await once(gone, 'listening');
  // A killed process closes its socket without removing the file.
  (gone as unknown as { _handle: { close(): void; unlink?: unknown } })._handle.close();
  writeFileSync(join(folder, 'other'), '');
  await open(left);
  assert.equal((await ask({ socketPath: left }, '/v1/state')).status, 200);
  await assert.rejects(open(join(folder, 'x'.repeat(120))), /too long for a socket/);
  await assert.rejects(open(join(folder, 'other')), { code: 'address_unavailable' });
});

test('the token is made once, is private, and is made again when it is damaged', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'earshot-local-api-'));
  t.after(() => removeFolder(state));
  const token = apiToken(state);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(apiToken(state), token);
  const path = join(state, 'api-token');
  assert.equal(readFileSync(path, 'utf8'), `${token}\n`);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(path, '\0'.repeat(43));
  assert.notEqual(apiToken(state), token);
  chmodSync(path, 0o600);
});

test('a connection that asks for more after a stream of events is ended', async (t) => {
  const { path } = await openApi(t);
  const client = connect(path);
  client.on('error', () => {});
  client.resume();
  client.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/state HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(client, 'close');
});

test('metrics are told in the text format of Prometheus, with the token only', async (t) => {
  const { port } = await openApi(t);
  const url = `http://127.0.0.1:${port}/metrics`;
  assert.equal((await fetch(url)).status, 401);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.equal(parseMetrics((await answer.text()).trimEnd().split('\n')).get('x'), 1);
  const posted = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } });
  assert.equal(posted.status, 405);
});
