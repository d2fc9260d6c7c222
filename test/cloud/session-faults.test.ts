/**
 * A fault in what the embedded cloud does for one client ends that client's connection, and nothing else. Real sessions, queries and
 * requests, over connections of which one cannot send: V8 throws for a message that is too long for a text.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type ClientIdentity, NOBODY } from '../../src/cloud/server/authenticate.ts';
import type { SyncConnection } from '../../src/cloud/server/connection.ts';
import { createHeartbeat } from '../../src/cloud/server/heartbeat.ts';
import { createOneByOne } from '../../src/cloud/server/one-by-one.ts';
import { openSession } from '../../src/cloud/server/session.ts';
import { createSubscriptions, type QueryEntry } from '../../src/cloud/server/subscriptions.ts';
import type { SyncState } from '../../src/cloud/server/sync-state.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { testClock } from '../support/simulated-clock.ts';

const TOO_LONG = new RangeError('Invalid string length');
const ASK =
  '{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{"type":"Add","queryId":0,"udfPath":"a","args":[{}]}]}';
const MUTATE = '{"type":"Mutation","requestId":0,"udfPath":"a","args":[{}]}';
const AUTHENTICATE = '{"type":"Authenticate","baseVersion":0,"tokenType":"User","value":"a token"}';

function cloud() {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const clock = testClock();
  const outcome = { ok: true, text: '"answer"' } as const;
  const runtime = {
    query: async () => ({ outcome, reads: [], journal: null, timestamp: 1n }),
    mutation: async () => outcome,
  } as unknown as SyncState['runtime'];
  const readIndex = { add() {}, remove() {}, affectedBy: () => new Set<QueryEntry>() };
  const state: SyncState = {
    runtime,
    subscriptions: createSubscriptions({ runtime, readIndex, clock, maxSubscriptions: 100, onError }),
    authenticator: { of: async (): Promise<ClientIdentity> => ({ ...NOBODY, key: 'somebody' }) } as never,
    timestamp: () => 1n,
    heartbeat: createHeartbeat(clock),
    clock,
    unproven: createOneByOne(),
    onError,
  };

  /** @param faulty what throws */
  function client(...faulty: ('send' | 'sendWhole' | 'release')[]) {
    const sent: string[] = [];
    let closedWith: number | undefined;
    const say = (of: 'send' | 'sendWhole') => (text: unknown) => {
      if (faulty.includes(of)) throw TOO_LONG;
      sent.push(JSON.parse(String(text)).type);
    };
    const connection: SyncConnection = {
      reading: {
        hold() {},
        release(reason) {
          if (faulty.includes('release') && reason === 'verifying') throw TOO_LONG;
        },
        end() {},
        stop() {},
      },
      send: say('send'),
      sendWhole: say('sendWhole'),
      isBehind: false,
      onceRead() {},
      get isOpen() {
        return closedWith === undefined;
      },
      close(code) {
        closedWith = code;
      },
      terminate: () => assert.fail('it is closed, not dropped'),
      proven() {},
    };
    const session = openSession(connection, state, {
      hasChunks: true,
      metadata: {} as never,
      onProven() {},
      limits: DEFAULT_LIMITS,
    });
    return { session, sent, closedWith: () => closedWith };
  }
  return { client, errors, clock };
}

const settled = async () => {
  for (let i = 0; i < 20; i++) await turn();
};

const FAULTS = [
  { what: 'an answer to its query', messages: [ASK], faulty: ['sendWhole'] },
  { what: 'an answer to its call', messages: [MUTATE], faulty: ['send'] },
  { what: 'what it said while its token was verified', messages: [AUTHENTICATE], faulty: ['release'] },
] as const;
for (const { what, messages, faulty } of FAULTS) {
  test(`a fault in ${what} closes its connection with 1011, and no other`, async () => {
    const { client, errors } = cloud();
    const other = client();
    const broken = client(...faulty);
    for (const each of [broken, other]) for (const message of messages) each.session.receive(message);
    await settled();
    assert.equal(broken.closedWith(), 1_011);
    assert.deepEqual(errors, [TOO_LONG]);
    assert.equal(other.closedWith(), undefined);
    assert.ok(other.sent.includes('Transition'), other.sent.join());
  });
}

test('a fault in the visit of one client does not keep the others from theirs', async () => {
  const { client, errors, clock } = cloud();
  const broken = client('send');
  const other = client();
  for (let i = 0; i < 30; i++) await clock.pass(1_000);
  await settled();
  assert.equal(broken.closedWith(), 1_011);
  assert.ok(other.sent.includes('Ping'), other.sent.join());
  assert.ok(errors.length > 0);
});
