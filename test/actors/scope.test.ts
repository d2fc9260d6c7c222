/**
 * The scope of an actor: an exception crashes only its actor, and after its end none of its code runs.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import { createScope } from '../../src/core/actor/scope.ts';
import type { ContractTypes } from '../../src/core/contracts/index.ts';
import { errorInfo } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

const FAULT = new Error('a fault');
const fail = () => {
  throw FAULT;
};

function scopeUnderTest() {
  const clock = new SimulatedClock();
  const crashes: unknown[] = [];
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
  const scope = createScope('a test', { clock, log, onCrash: (error) => crashes.push(error) });
  return { clock, crashes, warnings, scope };
}

describe('a scope with an exception', () => {
  test('crashes by a timer, and its other timers never fire', () => {
    const { clock, crashes, scope } = scopeUnderTest();
    const fired: string[] = [];
    scope.clock.setTimeout(() => fired.push('before'), 5);
    scope.clock.setTimeout(fail, 10);
    scope.clock.setTimeout(() => fired.push('after'), 10);
    scope.clock.setTimeout(() => fired.push('later'), 20);
    clock.increment(100);
    scope.clock.setTimeout(() => fired.push('set after the end'), 1);
    clock.increment(100);
    assert.deepEqual(crashes, [FAULT]);
    assert.deepEqual(fired, ['before']);
  });

  test('crashes by a receiver: the sender continues, and the remaining events wait for the next receiver', () => {
    const { crashes, scope } = scopeUnderTest();
    const channel = createChannel<number>({ name: 'test', limit: 10, whenFull: 'drop-newest' });
    scope.receive(channel, (event) => event === 1 && fail());
    for (const event of [0, 1, 2, 3]) channel.send(event);
    const next: number[] = [];
    channel.receive((event) => next.push(event));
    assert.deepEqual(crashes, [FAULT]);
    assert.deepEqual(next, [2, 3]);
  });

  test('crashes by a receiver during the delivery of waiting events: no other event is lost', () => {
    const { crashes, scope } = scopeUnderTest();
    const channel = createChannel<number>({ name: 'test', limit: 10, whenFull: 'drop-newest' });
    for (const event of [0, 1, 2, 3]) channel.send(event);
    scope.receive(channel, (event) => event === 1 && fail());
    const next: number[] = [];
    channel.receive((event) => next.push(event));
    assert.deepEqual(crashes, [FAULT]);
    assert.deepEqual(next, [2, 3]);
  });

  test('crashes by a callback, whose caller continues', () => {
    const { crashes, scope } = scopeUnderTest();
    const callback = scope.guard((value: number) => (value === 0 ? fail() : value));
    assert.deepEqual([callback(2), callback(0), callback(2)], [2, undefined, undefined]);
    assert.deepEqual(crashes, [FAULT]);
  });

  test('crashes by a promise, and by a function that throws instead of returning one', async () => {
    for (const work of [async () => fail(), fail]) {
      const { crashes, scope } = scopeUnderTest();
      scope.run(work);
      await settle();
      assert.deepEqual(crashes, [FAULT]);
    }
  });

  test('crashes once, and reports it after everything was released in reverse order', async () => {
    const told: string[] = [];
    const scope = createScope('a test', {
      clock: new SimulatedClock(),
      log: silentLog,
      onCrash: () => told.push('crash'),
    });
    scope.onEnd(() => told.push('first'));
    scope.onEnd(() => {
      told.push('second');
      fail();
    });
    scope.onEnd(() => told.push('third'));
    scope.run(async () => fail());
    scope.guard(fail)();
    scope.crash(FAULT);
    await settle();
    scope.onEnd(() => told.push('too late'));
    scope.end();
    assert.deepEqual(told, ['third', 'second', 'first', 'crash', 'too late']);
  });

  test('handles any thrown value', () => {
    const nameless: unknown[] = [Object.create(null), undefined, Symbol('a'), { toString: fail }];
    for (const thrown of nameless) {
      const { crashes, scope } = scopeUnderTest();
      scope.guard(() => {
        throw thrown;
      })();
      assert.deepEqual(crashes, [thrown]);
      assert.equal(typeof errorInfo(thrown).message, 'string');
    }
  });
});

describe('a scope that has ended', () => {
  test('runs no code and does not crash', async () => {
    const { clock, crashes, scope, warnings } = scopeUnderTest();
    const ran: string[] = [];
    const channel = createChannel<string>({ name: 'test', limit: 10, whenFull: 'drop-newest' });
    const callback = scope.guard(() => ran.push('callback'));
    scope.receive(channel, (event) => ran.push(event));
    scope.clock.setTimeout(() => ran.push('timer'), 1);
    let reject: (error: Error) => void = () => {};
    scope.run(() => new Promise((_, failed) => (reject = failed)));
    scope.onEnd(fail);
    scope.end();
    channel.send('event');
    callback();
    clock.increment(10);
    scope.run(async () => void ran.push('work'));
    scope.receive(channel, (event) => ran.push(event));
    reject(FAULT);
    scope.crash(FAULT);
    await settle();
    assert.deepEqual([ran, crashes], [[], []]);
    assert.equal(channel.stats().depth, 1, 'the event waits for the next receiver');
    assert.deepEqual(warnings, ['something could not be released']);
  });
});

interface TestContract extends ContractTypes {
  receives: { type: 'work' };
  sends: { type: 'done' };
}

describe('an actor', () => {
  test('that throws while it starts releases what it had opened', () => {
    const released: string[] = [];
    const channel = createChannel<number>({ name: 'test', limit: 1, whenFull: 'drop-newest' });
    const actor = startActor<TestContract>((scope) => {
      scope.receive(channel, () => released.push('received'));
      scope.onEnd(() => released.push('device'));
      return fail();
    });
    channel.send(1);
    actor.send({ type: 'work' });
    actor.stop();
    assert.deepEqual(actor.crashes, [FAULT]);
    assert.deepEqual(released, ['device']);
    assert.equal(channel.stats().depth, 1);
  });

  test('that throws in its stop is stopped anyway', () => {
    const actor = startActor<TestContract>(() => ({ receive() {}, stop: fail }));
    actor.stop();
    actor.stop();
    assert.deepEqual(actor.crashes, []);
  });

  test('that crashes is stopped once, and sends nothing more', () => {
    const stops: string[] = [];
    const definition: ActorDefinition<TestContract> = ({ send, crash }) => ({
      receive() {
        crash(FAULT);
        send({ type: 'done' });
      },
      stop: () => void stops.push('stop'),
    });
    const actor = startActor(definition);
    actor.send({ type: 'work' });
    actor.send({ type: 'work' });
    actor.stop();
    assert.deepEqual([actor.crashes, actor.sent, stops], [[FAULT], [], ['stop']]);
  });
});
