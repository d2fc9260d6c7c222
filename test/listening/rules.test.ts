import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEndRule } from '../../actors/listening/end-rule.ts';
import { createInterruptionRule } from '../../actors/listening/interruption-rule.ts';
import { createShortSounds } from '../../actors/listening/short-sounds.ts';
import { createStartRule } from '../../actors/listening/start-rule.ts';
import fc from '../support/fast-check.ts';

/**
 * `-` is 20 ms of silence, `v` of voice; `v*10` is ten of them. Times begin at 0. Returns what the rule says, with the
 * time at which it said so.
 */
function hear<Said>(
  rule: { add(isVoice: boolean, endsAtMs: number, aboveDb: number): Said | undefined },
  pattern: string,
  aboveDb: (frame: number) => number = () => 20,
) {
  const frames = pattern.replace(/(.)\*(\d+)/g, (_, frame: string, count: string) => frame.repeat(Number(count)));
  const said: { atMs: number; said: Said }[] = [];
  [...frames.replace(/ /g, '')].forEach((frame, i) => {
    const endsAtMs = (i + 1) * 20;
    const result = rule.add(frame === 'v', endsAtMs, aboveDb(i));
    if (result !== undefined) said.push({ atMs: endsAtMs, said: result });
  });
  return said;
}

describe('the start of speech', () => {
  test('five of six frames are speech, which began with the first of them', () => {
    assert.deepEqual(hear(createStartRule(), '-*10 v*20'), [{ atMs: 300, said: 200 }]);
    assert.deepEqual(hear(createStartRule(), '-*10 vv-vvv'), [{ atMs: 320, said: 200 }]);
  });

  test('a click, a door and every second frame are not', () => {
    assert.deepEqual(hear(createStartRule(), '-*10 v*4 -*10 vv-vv-vv--vv -*10'), []);
    assert.deepEqual(hear(createStartRule(), '-v'.repeat(50)), []);
  });

  test('it is reported once, and again after a pause', () => {
    assert.equal(hear(createStartRule(), 'v*50 -*20 v*50').length, 1);
    assert.deepEqual(
      hear(createStartRule(), 'v*50 -*30 v*50').map(({ said }) => said),
      [0, 1_600],
    );
  });
});

describe('sounds that begin like speech', () => {
  const note = 'v*6 -*30';

  test('after two short turns or sounds, only what lasts is speech; for ten seconds', () => {
    const shortSounds = createShortSounds();
    shortSounds.note(0);
    assert.equal(hear(createStartRule(shortSounds), note).length, 1, 'one is a short answer');
    shortSounds.note(0);
    assert.equal(hear(createStartRule(shortSounds), note.repeat(10)).length, 0);
    // 260 of 400 ms are voice; it began with the first of it.
    assert.deepEqual(hear(createStartRule(shortSounds), '-*10 v*10 -*4 v*20'), [{ atMs: 540, said: 200 }]);
    assert.equal(hear(createStartRule(shortSounds), `-*900 ${note}`).length, 1);
  });

  test('what was no speech keeps them usual', () => {
    const shortSounds = createShortSounds();
    for (let i = 0; i < 2; i++) shortSounds.note(0);
    // Each note is heard as a short sound, so it does not end after ten seconds.
    assert.equal(hear(createStartRule(shortSounds), note.repeat(60)).length, 0);
  });

  test('after a refusal it is so for half a minute', () => {
    const shortSounds = createShortSounds();
    shortSounds.refuse(0);
    assert.equal(hear(createStartRule(shortSounds), `-*1400 ${note}`).length, 0);
    assert.equal(hear(createStartRule(shortSounds), `-*1500 ${note}`).length, 1);
  });

  test('a door only becomes softer; speech becomes louder again, and has begun before', () => {
    const door = (frame: number) => 50 - 2.5 * frame;
    assert.equal(hear(createStartRule(), 'v*20 -*30', door).length, 0);
    const drawn = (frame: number) => 50 - 2 * frame;
    assert.deepEqual(hear(createStartRule(), 'v*40', drawn), [{ atMs: 600, said: 0 }]);
    const soft = (frame: number) => 20 - 2.5 * frame;
    assert.deepEqual(hear(createStartRule(), 'v*20', soft), [{ atMs: 100, said: 0 }]);
    const stopConsonant = (frame: number) => (frame < 5 ? door(frame) : 45);
    assert.deepEqual(hear(createStartRule(), 'v*20', stopConsonant), [{ atMs: 260, said: 0 }]);
  });
});

describe('the end of speech', () => {
  const end = (pattern: string, patience: 'quick' | 'normal' | 'patient' = 'normal') =>
    hear(createEndRule(patience), pattern).map(({ atMs, said }) => ({ after: said.waitedMs, endsAt: said.atMs, atMs }));

  test('half a second without voice', () => {
    assert.deepEqual(end('v*50 -*24'), []);
    assert.deepEqual(end('v*50 -*100'), [{ after: 500, endsAt: 1_000, atMs: 1_500 }]);
  });

  test('longer for somebody who has just paused for long, up to a limit', () => {
    assert.deepEqual(end('v*50 -*20 v*50 -*100'), [{ after: 600, endsAt: 2_400, atMs: 3_000 }]);
    const rule = createEndRule('normal');
    rule.hold(600);
    assert.equal(hear(rule, 'v*50').length, 0);
    rule.hold(1_100);
    assert.equal(hear(rule, '-*50 v*10').length, 0, 'he goes on after a second');
    assert.equal(hear(rule, '-*100')[0]?.said.waitedMs, 1_200);
  });

  test('the patience is a factor, and may change while it waits', () => {
    assert.equal(end('v*50 -*100', 'quick')[0]?.after, 360);
    assert.equal(end('v*50 -*100', 'patient')[0]?.after, 1_500);
    const rule = createEndRule('patient');
    hear(rule, 'v -*20');
    rule.setPatience('quick');
    assert.equal(hear(rule, '-').length, 1);
  });

  test('a hold counts from its arrival, and a later one replaces it', () => {
    const rule = createEndRule('normal');
    hear(rule, 'v*10 -*20');
    rule.hold(2_000);
    rule.hold(800);
    assert.equal(hear(rule, '-*100')[0]?.said.waitedMs, 1_200);
    const shorter = createEndRule('normal');
    hear(shorter, 'v*10');
    shorter.hold(100);
    assert.equal(hear(shorter, '-*100')[0]?.said.waitedMs, 500, 'never shorter than without it');
  });

  test('holds make it longer for this pause only, and at most two seconds', () => {
    const rule = createEndRule('normal');
    hear(rule, 'v*10');
    rule.hold(1_500);
    assert.equal(hear(rule, '-*70').length, 0);
    rule.hold(2_000);
    assert.equal(hear(rule, '-*54').length, 0);
    assert.equal(hear(rule, '-')[0]?.said.waitedMs, 2_500);
    const next = createEndRule('normal');
    next.hold(1_500);
    hear(next, 'v*10');
    assert.equal(hear(next, '-*100')[0]?.said.waitedMs, 500, 'he went on: the hold is over');
  });

  test('whatever was said: it ends once, in the limits, and where the voice ended', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (frames) => {
        const rule = createEndRule('normal');
        const pattern = `v${frames.map((isVoice) => (isVoice ? 'v' : '-')).join('')}${'-'.repeat(60)}v${'-'.repeat(100)}`;
        const ends = hear(rule, pattern);
        assert.equal(ends.length, 1);
        const [{ atMs, said }] = ends as [(typeof ends)[number]];
        assert.ok(said.waitedMs >= 500 && said.waitedMs <= 1_200, `${said.waitedMs}`);
        assert.equal(said.atMs, atMs - said.waitedMs);
        assert.equal(pattern[said.atMs / 20 - 1], 'v');
        assert.ok(!pattern.slice(said.atMs / 20, atMs / 20).includes('v'));
      }),
    );
  });
});

describe('an interruption', () => {
  const hearInterruption = (pattern: string) =>
    hear(createInterruptionRule(), pattern).map(({ atMs, said }) => ({ [said.is]: said.atMs, atMs }));

  test('is suspected after 100 ms of voice, and confirmed after 400', () => {
    assert.deepEqual(hearInterruption('-*10 v*60'), [
      { suspected: 300, atMs: 300 },
      { confirmed: 200, atMs: 600 },
    ]);
    assert.deepEqual(hearInterruption('-*10 v*8 -*30 v*13').at(-1), { confirmed: 200, atMs: 1_200 });
  });

  test('is dismissed when it ends before; then another may be suspected', () => {
    assert.deepEqual(hearInterruption('v*8 -*60 v*8'), [
      { suspected: 100, atMs: 100 },
      { dismissed: 1_160, atMs: 1_160 },
      { suspected: 1_460, atMs: 1_460 },
    ]);
  });

  test('a click is none', () => {
    assert.deepEqual(hearInterruption('-*10 v*4 -*12 v*4 -*20'), []);
  });
});
