/**
 * When something is to happen, in the device's time zone, also on the nights when clocks change.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { instantOf, localTime } from '../../../actors/assistant/skills/calendar/zoned-time.ts';
import { loadDays } from '../../../actors/assistant/skills/heard/days.ts';
import { heardWords, Interpretation } from '../../../actors/assistant/skills/heard/interpretation.ts';
import { parseIsoTime, takeMoment } from '../../../actors/assistant/skills/heard/moments.ts';
import fc from '../../support/fast-check.ts';
import { kitchen, TUESDAY_MS } from './kitchen.ts';

before(loadDays);

const MOMENTS: Record<string, string | number> = {
  'tomorrow at nine': '2026-11-25T09:00',
  'tomorrow at three': '2026-11-25T15:00',
  'tonight at eight': '2026-11-24T20:00',
  'at six': '2026-11-24T18:00',
  'at eleven': '2026-11-24T11:00',
  'at half past two': '2026-11-24T14:30',
  'at a quarter to seven in the morning': '2026-11-25T06:45',
  'on Friday at noon': '2026-11-27T12:00',
  'on the fifth of December at 7:30 p.m.': '2026-12-05T19:30',
  'at 14:45': '2026-11-24T14:45',
  'at twelve thirty p.m.': '2026-11-24T12:30',
  'at midnight': '2026-11-25T00:00',
  'tomorrow morning': '2026-11-25T09:00',
  'in ten minutes': 600,
  'in an hour and a half': 5_400,
};
for (const [said, when] of Object.entries(MOMENTS)) {
  test(said, () => {
    const now = { nowMs: TUESDAY_MS, timeZone: 'Europe/Berlin' };
    const moment = takeMoment(new Interpretation(heardWords(said)), now, 'reminds');
    assert.deepEqual(moment, typeof when === 'number' ? { afterS: when } : { at: when });
  });
}

test('"tomorrow at 2:30" on the night when 2:30 is left out rings an hour later by the clock', async () => {
  const { say, setNow, reminders } = kitchen();
  setNow(Date.UTC(2027, 2, 27, 11));
  assert.equal(
    (await say('Remind me tomorrow at 2:30 in the morning to feed the cat.')).text,
    'I will remind you tomorrow at 3:30 AM: feed the cat.',
  );
  const [reminder] = await reminders.list('kitchen');
  assert.equal(reminder?.atMs, Date.UTC(2027, 2, 28, 1, 30));
});

test('"tomorrow at 2:30" on the night when 2:30 comes twice rings the first time', async () => {
  const { say, setNow, reminders } = kitchen();
  setNow(Date.UTC(2026, 9, 24, 11));
  await say('Remind me tomorrow at 2:30 in the morning to feed the cat.');
  const [reminder] = await reminders.list('kitchen');
  assert.equal(reminder?.atMs, Date.UTC(2026, 9, 25, 0, 30));
});

test('a timer over the change of clocks lasts as long as it says', async () => {
  const { say, setNow, reminders } = kitchen();
  const now = Date.UTC(2027, 2, 28, 0, 30);
  setNow(now);
  await say('Set a timer for two hours.');
  assert.equal((await reminders.list('kitchen'))[0]?.atMs, now + 7_200_000);
});

test('a device in New York has its own tomorrow', async () => {
  const { say, setNow, reminders } = kitchen({ timeZone: 'America/New_York', language: 'en-US' });
  setNow(Date.UTC(2026, 10, 25, 3));
  assert.equal((await say('What time is it?')).text, 'It is 10:00 PM.');
  await say('Remind me tomorrow at nine to call mom.');
  assert.equal((await reminders.list('kitchen'))[0]?.atMs, Date.UTC(2026, 10, 25, 14));
});

test('24 hours where people count to 24', async () => {
  const { say, setNow } = kitchen({ language: 'en-GB' });
  setNow(Date.UTC(2026, 10, 24, 21, 5));
  assert.equal((await say('What time is it?')).text, 'It is 22:05.');
});

test('a local time that exists is found again', () => {
  const zones = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'UTC',
  );
  const minutes = fc.integer({ min: Date.UTC(2015, 0) / 60_000, max: Date.UTC(2035, 0) / 60_000 });
  fc.assert(
    fc.property(zones, minutes, (timeZone, minute) => {
      const ms = minute * 60_000;
      const found = instantOf(localTime(ms, timeZone), timeZone);
      assert.deepEqual(localTime(found, timeZone), localTime(ms, timeZone));
      assert.ok(found <= ms, 'of two, the first');
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('what is no time is refused', () => {
  for (const text of ['', 'tomorrow', '2026-13-01T10:00', '2026-11-24T25:00', '24.11.2026']) {
    assert.equal(parseIsoTime(text, 'UTC'), undefined, text);
  }
  assert.equal(parseIsoTime('2026-11-24T10:25:00+01:00', 'Asia/Tokyo'), TUESDAY_MS);
});
