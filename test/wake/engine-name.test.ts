/** What a person writes after --wake-word. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEngineName } from '../../actors/wake/engine-name.ts';
import { openWakeEngine } from '../../actors/wake/engines.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import fc from '../support/fast-check.ts';
import { testScope } from '../support/test-scope.ts';

test('an engine, what it listens for, and settings', () => {
  assert.deepEqual(parseEngineName('openwakeword:hey_jarvis'), {
    ...{ engine: 'openwakeword', target: 'hey_jarvis', rule: {} },
  });
  assert.deepEqual(parseEngineName('wyoming:tcp://[::1]:10400/ok_nabu?refractoryMs=1500'), {
    ...{ engine: 'wyoming', target: 'tcp://[::1]:10400/ok_nabu', rule: { refractoryMs: 1_500 } },
  });
  assert.deepEqual(parseEngineName('openwakeword:/a b/c.json?threshold=0.7&patience=3').rule, {
    ...{ threshold: 0.7, patience: 3 },
  });
});

test('each mistake has a message of its own', () => {
  const wrong: [text: string, message: RegExp][] = [
    ['hey_jarvis', /is no wake word engine/],
    ['openwakeword:', /is no wake word engine/],
    ['', /is no wake word engine/],
    ['openwakeword:hey_jarvis?loud=1', /no setting "loud"/],
    ['openwakeword:hey_jarvis?__proto__=1', /no setting "__proto__"/],
    ['openwakeword:hey_jarvis?threshold=', /threshold= is not possible/],
    ['openwakeword:hey_jarvis?threshold=1.5', /from 0\.01 to 1/],
    ['openwakeword:hey_jarvis?patience=1.5', /whole number from 1 to 20/],
    ['openwakeword:hey_jarvis?refractoryMs=1e3', /refractoryMs=1e3 is not possible/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(
      () => parseEngineName(text),
      (error) => error instanceof EarshotError && error.code === 'usage' && message.test(error.message + error.hint),
      text,
    );
  }
});

test('any text is an engine, or an error for people', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('openwakeword:', 'wyoming:tcp://', '?', '&', 'threshold=', '0.5'));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      try {
        const { rule } = parseEngineName(parts.join(''));
        for (const value of Object.values(rule)) assert.ok(Number.isFinite(value));
      } catch (error) {
        assert.ok(error instanceof EarshotError && error.code === 'usage');
      }
    }),
  );
});

test('an engine that there is not, and targets that are none, are told when it is opened', async () => {
  const scope = testScope(systemClock);
  const open = (name: string) => openWakeEngine(name, { modelsFolder: '/nowhere' })(() => {}, scope);
  await assert.rejects(open('porcupine:x'), { code: 'usage', hint: /openwakeword, wyoming/ });
  await assert.rejects(open('openwakeword:hello'), { code: 'usage', hint: /hey_jarvis.*FILE\.json/ });
  await assert.rejects(open('openwakeword:hey_jarvis'), {
    code: 'models_missing',
    hint: /earshot models fetch wake:hey_jarvis --accept-licence/,
  });
  await assert.rejects(open('wyoming:http://host'), { code: 'usage' });
  await assert.rejects(open('wyoming:tcp://127.0.0.1:1?threshold=0.4'), { code: 'usage', hint: /on the server/ });
  scope.end();
});
