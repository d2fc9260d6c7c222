/**
 * A channel compared with a simple model: a list and its receiver.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ChannelOptions, createChannel } from '../../src/core/actor/channel.ts';
import fc from '../support/fast-check.ts';

const steps = fc.array(fc.constantFrom('send', 'send', 'send', 'attach', 'detach', 'clear'), { maxLength: 80 });
const limits = fc.integer({ min: 1, max: 5 });

describe('a channel', () => {
  for (const whenFull of ['drop-oldest', 'drop-newest'] satisfies ChannelOptions['whenFull'][]) {
    test(`that is to ${whenFull} delivers the same as a list, in order, and counts the rest`, () => {
      fc.assert(
        fc.property(steps, limits, (all, limit) => {
          const channel = createChannel<number>({ name: 'test', limit, whenFull });
          const got: number[] = [];
          const expected: number[] = [];
          let waiting: number[] = [];
          let isAttached = false;
          const receiver = (event: number) => void got.push(event);
          let sent = 0;
          let dropped = 0;
          for (const step of all) {
            if (step === 'send') {
              channel.send(sent);
              if (isAttached) expected.push(sent);
              else if (waiting.length < limit) waiting.push(sent);
              else {
                dropped += 1;
                if (whenFull === 'drop-oldest') waiting = [...waiting.slice(1), sent];
              }
              sent += 1;
            } else if (step === 'attach') {
              channel.receive(receiver);
              expected.push(...waiting.splice(0));
              isAttached = true;
            } else if (step === 'detach') {
              channel.detach(receiver);
              isAttached = false;
            } else {
              channel.clear();
              waiting = [];
            }
            assert.deepEqual(got, expected);
            assert.deepEqual(channel.stats(), { name: 'test', depth: waiting.length, limit, sent, dropped });
          }
        }),
      );
    });
  }

  test('keeps its order when its receiver sends, too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(20), (first, more) => {
        const channel = createChannel<number>({ name: 'test', limit: 100, whenFull: 'drop-newest' });
        const got: number[] = [];
        let next = 0;
        for (; next < first; next++) channel.send(next);
        channel.receive((event) => {
          got.push(event);
          if (next < first + more) channel.send(next++);
        });
        assert.deepEqual(
          got,
          Array.from({ length: first + more }, (_, i) => i),
        );
      }),
    );
  });

  test('delivers the rest to a receiver that replaces another during the delivery', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(19), (sent, after) => {
        const channel = createChannel<number>({ name: 'test', limit: 100, whenFull: 'drop-newest' });
        for (let i = 0; i < sent; i++) channel.send(i);
        const first: number[] = [];
        const second: number[] = [];
        channel.receive((event) => {
          first.push(event);
          if (event === after % sent) channel.receive((later) => second.push(later));
        });
        assert.deepEqual(
          [...first, ...second],
          Array.from({ length: sent }, (_, i) => i),
        );
        assert.equal(first.at(-1), after % sent);
      }),
    );
  });

  test('is not detached by a receiver that was replaced', () => {
    const channel = createChannel<number>({ name: 'test', limit: 1, whenFull: 'drop-newest' });
    const got: number[] = [];
    const first = () => got.push(-1);
    channel.receive(first);
    channel.receive((event) => got.push(event));
    channel.detach(first);
    channel.send(1);
    assert.deepEqual(got, [1]);
  });
});
