/**
 * What the console's device views compute, without a browser.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcementWords } from '../../src/pages/console/devices/announcement-words.ts';
import { canSwitch, microphoneWords } from '../../src/pages/console/devices/microphone-words.ts';
import { combined, problemOf, SETTING_GROUPS } from '../../src/pages/console/devices/settings-fields.ts';
import { filledPeriods } from '../../src/pages/console/fleet/periods.ts';
import fc from '../support/fast-check.ts';

const FIELDS = SETTING_GROUPS.flatMap(({ fields }) => fields);

function fieldNamed(name: string) {
  const field = FIELDS.find((each) => each.name === name);
  assert.ok(field, name);
  return field;
}

const SETTINGS = {
  volumePercent: 40,
  bitrate: 24_000,
  bufferMs: 600,
  cachedReplies: ['sorry', 'later'],
  quietHours: { from: '22:00', to: '07:00' },
  listening: { mode: 'wake', followUpMs: 7_500, patience: 'quick', interruption: 'auto' },
  assistant: {
    language: 'de-AT',
    timeZone: 'Europe/Vienna',
    units: 'metric',
    persona: 'Be brief.',
    voice: 'slt',
    tools: ['time', 'weather'],
  },
} as const satisfies Record<string, unknown>;
type Settings = Parameters<(typeof FIELDS)[number]['read']>[0];
const settings = structuredClone(SETTINGS) as unknown as Settings;

test('what a field shows is what it would save', () => {
  const { volumePercent, ...all } = SETTINGS;
  assert.deepEqual(combined(FIELDS.map((field) => field.change(field.read(settings)))), all);
  for (const field of FIELDS) assert.equal(problemOf(field, field.read(settings)), undefined, field.name);
});

test('an empty field gives the setting back to the device', () => {
  for (const field of FIELDS) assert.equal(field.read({}), '', field.name);
  assert.deepEqual(fieldNamed('listening.mode').change(' '), { listening: { mode: null } });
  assert.deepEqual(fieldNamed('quietHours').change(''), { quietHours: null });
});

test('changes of one group are one change', () => {
  const changes = [fieldNamed('listening.mode').change('voice'), fieldNamed('listening.patience').change('')];
  assert.deepEqual(combined([...changes, fieldNamed('bitrate').change('16000')]), {
    listening: { mode: 'voice', patience: null },
    bitrate: 16_000,
  });
  assert.deepEqual(combined([]), {});
});

test('what cannot be right is said in the field', () => {
  assert.match(problemOf(fieldNamed('bitrate'), '5') ?? '', /a number from 6,000 to 64,000/);
  assert.match(problemOf(fieldNamed('bitrate'), 'fast') ?? '', /a number/);
  assert.match(problemOf(fieldNamed('quietHours'), '22:00-7') ?? '', /22:00-07:00/);
  assert.equal(problemOf(fieldNamed('quietHours'), '22:00 – 07:00'), undefined);
});

test('every state of an announcement has words, and the reason says what to do', () => {
  const states = ['offered', 'taken', 'played', 'interrupted', 'declined', 'expired', 'failed'] as const;
  const at = (state: (typeof states)[number], reason?: string) =>
    announcementWords({
      ...{ id: '', text: '', priority: 'normal', createdAt: 0, expiresAt: 0, state },
      ...(reason !== undefined && { reason }),
    });
  assert.equal(new Set(states.map((state) => at(state).text)).size, states.length);
  assert.match(at('declined', 'quiet-hours').hint ?? '', /urgent/);
  assert.match(at('failed', 'of a later version').hint ?? '', /log/);
});

test('each hour of a day is in the plot, once, whatever hours had turns', () => {
  const hourMs = 3_600_000;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500_000 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 23 })),
      (first, hours) => {
        const sinceMs = first * hourMs;
        const periods = hours.map((hour) => ({ startsAt: sinceMs + hour * hourMs, turns: 1, errors: 0, stages: {} }));
        const filled = filledPeriods({ unit: 'hour', periods }, sinceMs, sinceMs + 24 * hourMs);
        assert.deepEqual(
          filled.map(({ startsAt }) => startsAt),
          Array.from({ length: 24 }, (_, hour) => sinceMs + hour * hourMs),
        );
        assert.equal(filled.filter(({ turns }) => turns === 1).length, hours.length);
      },
    ),
  );
});

test('a microphone is switched only where the device would do it, and the words say why not', () => {
  const muters = [undefined, 'gateway', 'person'] as const;
  const standings = [true, false].flatMap((isOnline) => muters.map((mutedBy) => ({ isOnline, mutedBy })));
  assert.deepEqual(
    standings.filter((standing) => canSwitch(standing)),
    [
      { isOnline: true, mutedBy: undefined },
      { isOnline: true, mutedBy: 'gateway' },
    ],
  );
  const words = standings.map((standing) => microphoneWords('kitchen', standing));
  // Of one that a person has muted it makes no difference whether it is there.
  assert.equal(new Set(words).size, standings.length - 1);
});
