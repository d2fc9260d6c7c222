import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpError, parseRetryAfter, rateLimited, unreachable } from '../../../actors/assistant/parts/errors.ts';
import { limitedCall, limitedStream, type RequestLimits } from '../../../actors/assistant/requests/limited-request.ts';
import { ready, testClock } from '../../support/simulated-clock.ts';

const clock = testClock();
const limits = (more: Partial<RequestLimits> = {}): RequestLimits => ({
  provider: 'peer',
  clock,
  timeoutMs: 1_000,
  signal: new AbortController().signal,
  ...more,
});
const reset = () => unreachable('peer', Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
const forever = <Result>() => new Promise<Result>(() => {});

/** Fails with each error in turn, then answers. */
function failing(...errors: unknown[]) {
  const signals: AbortSignal[] = [];
  const call = async (signal: AbortSignal) => {
    signals.push(signal);
    const error = errors.shift();
    if (error) throw error;
    return 'answer';
  };
  return { call, signals };
}

test('a call is repeated once after an error that may pass', async () => {
  const once = failing(reset());
  const result = limitedCall(once.call, limits());
  await ready();
  assert.equal(once.signals.length, 1, 'not at once');
  await clock.pass(200);
  assert.equal(await result, 'answer');
  const twice = limitedCall(failing(reset(), reset()).call, limits());
  await Promise.all([assert.rejects(twice, { code: 'assistant_unreachable' }), ready().then(() => clock.pass(200))]);
});

test('a call is not repeated after an error that stays, or one of the program', async () => {
  for (const [error, expected] of [
    [httpError('peer', 401), { code: 'assistant_key_refused' }],
    [httpError('peer', 429, { type: 'insufficient_quota' }), { code: 'assistant_rate_limited' }],
    [new TypeError('a bug'), TypeError],
  ] as const) {
    const { call, signals } = failing(error);
    await assert.rejects(limitedCall(call, limits()), expected);
    assert.equal(signals.length, 1);
  }
});

test('Retry-After is kept, if the retry fits into the time', async () => {
  const { call, signals } = failing(rateLimited('peer', 600));
  const result = limitedCall(call, limits());
  await ready();
  await clock.pass(599);
  assert.equal(signals.length, 1);
  await clock.pass(1);
  assert.equal(await result, 'answer');
  await assert.rejects(limitedCall(failing(rateLimited('peer', 1_000)).call, limits()), {
    code: 'assistant_rate_limited',
    message: /for 1 s/,
  });
});

test('both attempts share the limit of time', async () => {
  let attempts = 0;
  const call = (): Promise<string> => {
    attempts += 1;
    return attempts === 1 ? Promise.reject(rateLimited('peer', 600)) : forever();
  };
  const result = limitedCall(call, limits());
  const rejected = assert.rejects(result, { code: 'assistant_timeout', message: /an answer within 0.4 s/ });
  await ready();
  await clock.pass(600);
  await clock.pass(399);
  await clock.pass(1);
  await rejected;
});

test('an abort ends a call with its reason, also during the pause before the retry', async () => {
  for (const call of [failing(reset()).call, () => forever<string>()]) {
    const controller = new AbortController();
    const rejected = assert.rejects(limitedCall(call, limits({ signal: controller.signal })), { message: 'over' });
    await ready();
    controller.abort(new Error('over'));
    await rejected;
  }
});

test('a stream is repeated before its first item, not after it', async () => {
  let opened = 0;
  async function* open(): AsyncGenerator<number> {
    opened += 1;
    if (opened === 1) throw reset();
    yield 1;
    throw reset();
  }
  const items: number[] = [];
  const read = async () => {
    for await (const item of limitedStream(open, limits())) items.push(item);
  };
  const rejected = assert.rejects(read(), { code: 'assistant_unreachable' });
  await ready();
  await clock.pass(200);
  await rejected;
  assert.deepEqual([opened, items], [2, [1]]);
});

test('an abort ends a stream without an error, and closes what was opened, also while it hangs', async () => {
  const controller = new AbortController();
  let closed = 0;
  let inner: AbortSignal | undefined;
  async function* open(signal: AbortSignal): AsyncGenerator<number> {
    inner = signal;
    try {
      yield 1;
      yield 2;
    } finally {
      closed += 1;
    }
  }
  for await (const item of limitedStream(open, limits({ signal: controller.signal }))) {
    assert.equal(item, 1);
    controller.abort();
  }
  await ready();
  assert.equal(closed, 1);
  assert.equal(inner?.aborted, true);

  const hanging = new AbortController();
  const items = limitedStream(
    async function* () {
      yield await forever<number>();
    },
    limits({ signal: hanging.signal }),
  );
  const next = items.next();
  hanging.abort();
  assert.equal((await next).done, true);
});

test('a stream that stops is a time-out, before its first item and after it', async () => {
  for (const items of [[], [1]]) {
    let inner: AbortSignal | undefined;
    async function* open(signal: AbortSignal): AsyncGenerator<number> {
      inner = signal;
      yield* items;
      await forever();
    }
    const read = async () => {
      for await (const _ of limitedStream(open, limits()));
    };
    const rejected = assert.rejects(read(), { code: 'assistant_timeout' });
    await ready();
    await clock.pass(1_000);
    await rejected;
    assert.equal(inner?.aborted, true);
  }
});

test('Retry-After is seconds or a date', () => {
  const nowMs = Date.UTC(2030, 0, 1);
  assert.equal(parseRetryAfter('1.5', nowMs), 1_500);
  assert.equal(parseRetryAfter('Tue, 01 Jan 2030 00:00:07 GMT', nowMs), 7_000);
  assert.equal(parseRetryAfter('Mon, 31 Dec 2029 00:00:07 GMT', nowMs), 0);
  for (const header of ['soon', '', null, undefined, '-1']) assert.equal(parseRetryAfter(header, nowMs), undefined);
});

test('a wrong certificate is told apart from a server that does not answer', () => {
  const wrong = unreachable('peer', Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }));
  assert.match(`${wrong.message} ${wrong.hint}`, /certificate of peer.*NODE_EXTRA_CA_CERTS/);
  assert.equal(wrong.isRetryable, false);
  assert.match(reset().message, /the connection was closed/);
});
