import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { costOf, openSpending } from '../../../actors/assistant/providers/spending.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { testClock } from '../../support/simulated-clock.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-spending-'));
});
after(() => rmSync(folder, { recursive: true }));

const noonOf = (day: number) => new Date(2027, 2, day, 12).getTime();

function openAt(file: string | undefined, day = 1) {
  const clock = testClock();
  clock.setWallClock(noonOf(day));
  const lines: string[] = [];
  const log = { ...silentLog, warn: (message: string) => void lines.push(message) };
  return { clock, lines, spending: openSpending({ file, clock, log }) };
}

test('adds up by provider and device, and survives a restart in a private file', async () => {
  const file = join(folder, 'restart.json');
  const first = openAt(file);
  first.spending.add('brain openai', 'kitchen', 0.5);
  first.spending.add('brain openai', 'kitchen', 0.25);
  first.spending.add('brain openai', 'hall', 1);
  first.spending.add('synthesizer openai', 'kitchen', 2);
  await first.clock.pass(1_000);
  // Killed: it was not closed.
  const second = openAt(file).spending;
  assert.equal(second.today('brain openai', 'kitchen'), 0.75);
  assert.equal(second.today('brain openai', 'hall'), 1);
  assert.equal(second.today('synthesizer openai', 'kitchen'), 2);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('what is not written yet is written at the end', () => {
  const file = join(folder, 'end.json');
  const { spending } = openAt(file);
  spending.add('p', 'd', 1);
  spending.close();
  assert.equal(openAt(file).spending.today('p', 'd'), 1);
});

test('begins at 0 after midnight of this machine; a clock that was wrong for a while loses nothing', () => {
  const { clock, spending } = openAt(undefined);
  spending.add('p', 'd', 1);
  clock.setWallClock(new Date(2027, 2, 1, 23, 59, 59, 999).getTime());
  assert.equal(spending.today('p', 'd'), 1);
  clock.setWallClock(new Date(2027, 2, 2).getTime());
  assert.equal(spending.today('p', 'd'), 0);
  clock.setWallClock(0);
  assert.equal(spending.today('p', 'd'), 0);
  clock.setWallClock(noonOf(1));
  assert.equal(spending.today('p', 'd'), 1);
});

test('keeps few days and few devices, and counts the others together', () => {
  const file = join(folder, 'bounded.json');
  const { clock, spending } = openAt(file);
  for (let day = 1; day <= 20; day += 1) {
    clock.setWallClock(noonOf(day));
    for (let device = 0; device < (day === 20 ? 10_050 : 2); device += 1) spending.add('p', `device ${device}`, 1);
  }
  spending.close();
  const written = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(Object.keys(written), ['2027-03-18', '2027-03-19', '2027-03-20']);
  assert.ok(Object.keys(written['2027-03-20']).length <= 10_001);
  assert.equal(spending.today('p', 'device 0'), 1);
  assert.equal(spending.today('p', 'device 10049'), 50);
});

test('a damaged file, and one that cannot be written, are warnings', async () => {
  const file = join(folder, 'damaged.json');
  writeFileSync(file, '{"2027-03-01": {"x": -1}}');
  const { lines, spending, clock } = openAt(file);
  assert.match(lines[0] ?? '', /not readable/);
  rmSync(file);
  const elsewhere = openAt(join(folder, 'missing', 'file.json'));
  elsewhere.spending.add('p', 'd', 1);
  await elsewhere.clock.pass(1_000);
  assert.match(elsewhere.lines[0] ?? '', /cannot be kept/);
  spending.add('p', 'd', Number.NaN);
  spending.add('p', 'd', -1);
  await clock.pass(1_000);
  assert.equal(spending.today('p', 'd'), 0);
});

test('the cost of each unit', () => {
  const prices = {
    ...{ perRequest: 1, perMillionInputTokens: 2, perMillionOutputTokens: 4, perMinuteSent: 8 },
    ...{ perMinuteReceived: 16, perMillionCharacters: 32 },
  };
  const usage = {
    requests: 1,
    inputTokens: 1e6,
    outputTokens: 1e6,
    inputAudioMs: 60_000,
    outputAudioMs: 60_000,
    characters: 1e6,
  };
  assert.equal(costOf(usage, prices), 63);
  assert.equal(costOf(usage, {}), 0);
  assert.equal(costOf({ inputAudioMs: 30_000 }, prices), 4);
});
