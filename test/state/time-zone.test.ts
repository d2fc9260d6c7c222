/** The time zone that a device tells its gateway. */
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { timeZoneOf } from '../../src/device/time-zone.ts';
import { inTemporaryFolder } from '../support/cli.ts';

const ofNode = new Intl.DateTimeFormat().resolvedOptions().timeZone;

test('it is that of TZ, else of the link to the zone of the machine', () =>
  inTemporaryFolder(async (folder) => {
    const link = (target: string, name: string) => {
      symlinkSync(target, join(folder, name));
      return join(folder, name);
    };
    const vienna = link('/usr/share/zoneinfo/Europe/Vienna', 'localtime');
    assert.equal(timeZoneOf({}, vienna), 'Europe/Vienna');
    assert.equal(
      timeZoneOf({}, link('../usr/share/zoneinfo/America/Argentina/Salta', 'nested')),
      'America/Argentina/Salta',
    );
    assert.equal(timeZoneOf({ TZ: 'Asia/Tokyo' }, vienna), 'Asia/Tokyo');
    assert.equal(timeZoneOf({ TZ: ':Asia/Tokyo' }, vienna), 'Asia/Tokyo');
    assert.equal(timeZoneOf({ TZ: ':/usr/share/zoneinfo/Asia/Tokyo' }, vienna), 'Asia/Tokyo');
  }));

test('a machine that keeps it in another way is asked by Intl', () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'localtime');
    assert.equal(timeZoneOf({}, join(folder, 'missing')), ofNode);
    writeFileSync(file, 'TZif2');
    assert.equal(timeZoneOf({}, file), ofNode);
    assert.equal(timeZoneOf({ TZ: 'CET-1CEST' }, file), ofNode);
  }));
