/**
 * What the assistant knows of a device: its own locale, and the operator's settings before it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultProfile } from '../../src/core/device-profile.ts';
import { languageOf, localeOf } from '../../src/device/locale.ts';
import { describeDevice } from '../../src/gateway/device-description.ts';
import { decodeDeviceMessage, type Hello } from '../../src/protocol/control.ts';
import { helloOf } from '../support/wire-device.ts';

const zone = { timeZone: 'Europe/Berlin' };

test('a device says its language, time zone and units as its system is set', () => {
  assert.deepEqual(localeOf(languageOf({ LANG: 'de_AT.UTF-8' }), zone), {
    language: 'de-AT',
    ...zone,
    units: 'metric',
  });
  assert.deepEqual(localeOf(languageOf({ LANG: 'de_DE', LC_ALL: 'en_US@x' }), zone), {
    language: 'en-US',
    ...zone,
    units: 'imperial',
  });
  for (const LANG of ['C', 'POSIX', '', 'C.UTF-8', '../../etc'])
    assert.deepEqual(localeOf(languageOf({ LANG }), zone), zone);
});

test('the operator decides, then the device, then the gateway', () => {
  const hello = { ...helloOf('kitchen'), locale: { language: 'de', ...zone, units: 'imperial' } } as Hello;
  const own = describeDevice('kitchen', hello);
  assert.deepEqual(
    [own.language, own.timeZone, own.units, own.persona],
    ['de', 'Europe/Berlin', 'imperial', undefined],
  );
  const set = describeDevice('kitchen', hello, { timeZone: 'Asia/Tokyo', units: 'metric', persona: 'a pirate' });
  assert.deepEqual([set.language, set.timeZone, set.units, set.persona], ['de', 'Asia/Tokyo', 'metric', 'a pirate']);
  assert.deepEqual(describeDevice('kitchen', undefined), defaultProfile('kitchen'));
});

test('a time zone that this machine does not know is ignored', () => {
  const hello = { ...helloOf('kitchen'), locale: { timeZone: 'Mars/Olympus' } } as Hello;
  assert.equal(describeDevice('kitchen', hello).timeZone, defaultProfile('').timeZone);
  assert.equal(describeDevice('kitchen', hello, zone).timeZone, 'Europe/Berlin');
});

test('a locale that is out of its range makes a hello malformed', () => {
  const decoded = (locale: object) => decodeDeviceMessage(JSON.stringify({ ...helloOf('kitchen'), locale })).ok;
  assert.equal(decoded({ language: 'pt-BR', ...zone, units: 'metric', later: 1 }), true);
  for (const bad of [{ language: 'x y' }, { timeZone: 'a'.repeat(65) }, { units: 'furlongs' }]) {
    assert.equal(decoded(bad), false, JSON.stringify(bad));
  }
});
