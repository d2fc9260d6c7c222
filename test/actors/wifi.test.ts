/** What the log says of a NetworkManager that does not work, which is asked every few seconds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkManager } from '../../actors/wifi/network-manager.ts';
import { defineWifi } from '../../actors/wifi/wifi.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { settle, startActor } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

function wifi() {
  let error: EarshotError | undefined;
  const answer = async () => {
    if (error) throw error;
    return true;
  };
  const networkManager: NetworkManager = {
    isOnline: answer,
    networks: async () => [],
    openHotspot: async () => '10.42.0.1',
    closeHotspot: async () => void (await answer()),
    join: async () => void (await answer()),
    forgetNetworks: async () => {},
  };
  const warnings: unknown[] = [];
  const definition = defineWifi({
    ...{ networkManager, hotspot: { ssid: 'Earshot-1234', password: 'a long password' } },
    ...{ chosen: () => ({ ssid: 'home', password: 'secret words' }), onNetworks() {} },
  });
  const log = {
    ...silentLog,
    warn: (_: string, fields?: Record<string, unknown>) => void warnings.push(fields?.error),
  };
  const actor = startActor(definition, new SimulatedClock(), log);
  return {
    warnings,
    types: actor.types,
    fail: (code: 'wifi_unavailable' | 'wifi_refused' | undefined, message = '') => {
      error = code && new EarshotError(code, message, 'Look.');
    },
    async ask(...types: ('wifi.check' | 'wifi.release' | 'wifi.join')[]) {
      for (const type of types) {
        actor.send({ type });
        await settle();
      }
    },
  };
}

test('one line while the reason stays the same, and another one when it comes again', async () => {
  const { warnings, types, fail, ask } = wifi();
  fail('wifi_unavailable', 'it does not run');
  await ask('wifi.release', 'wifi.check', 'wifi.check');
  assert.deepEqual(warnings, ['it does not run']);
  assert.deepEqual(types(), ['wifi.failed', 'wifi.failed', 'wifi.failed']);
  fail('wifi_unavailable', 'it does not answer');
  await ask('wifi.check', 'wifi.check');
  fail(undefined);
  await ask('wifi.check');
  fail('wifi_unavailable', 'it does not answer');
  await ask('wifi.check');
  assert.deepEqual(warnings, ['it does not run', 'it does not answer', 'it does not answer']);
});

test('each attempt to join is logged', async () => {
  const { warnings, types, fail, ask } = wifi();
  fail('wifi_refused', 'wrong password');
  await ask('wifi.join', 'wifi.join');
  assert.deepEqual(warnings, ['wrong password', 'wrong password']);
  assert.deepEqual(types(), ['wifi.refused', 'wifi.refused']);
});
