import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tool, ToolEffect } from '../../actors/assistant/parts/tool.ts';
import { createConsent, isYes } from '../../actors/assistant/tools/consent.ts';
import { defaultProfile } from '../../src/core/device-profile.ts';

function tool(effect: ToolEffect, calls: unknown[]): Tool {
  const call = async (input: unknown) => {
    calls.push(input);
    return 'done';
  };
  return { name: 'unlock', description: '', parameters: {}, effect, call };
}

function turn(turnId: string, nowMs = 0, name = 'kitchen') {
  return { device: defaultProfile(name), turnId, nowMs, signal: new AbortController().signal };
}

test('a risky tool runs when the person said yes in the next turn, once, for the same input', async () => {
  const calls: unknown[] = [];
  const consent = createConsent();
  const say = async (said: string, input: Record<string, unknown>, context: ReturnType<typeof turn>) =>
    await consent.guard([tool('asks', calls)], () => said)[0]?.call(input, context);
  const front = { door: 'front', seconds: 5 };
  assert.match(String(await say('unlock the door', front, turn('1'))), /must agree first/);
  assert.match(String(await say('yes', front, turn('1'))), /must agree first/, 'not within the same turn');
  assert.equal(await say('Yes, please!', { seconds: 5, door: 'front' }, turn('2', 20_000)), 'done');
  assert.match(String(await say('yes', front, turn('3', 21_000))), /must agree first/, 'consent is used up');
  assert.match(String(await say('yes', { door: 'back' }, turn('4', 22_000))), /must agree first/, 'another input');
  assert.match(String(await say('no', { door: 'back' }, turn('5', 23_000))), /must agree first/);
  assert.match(
    String(await say('yes', { door: 'back' }, turn('6', 24_000, 'bedroom'))),
    /must agree/,
    'another device',
  );
  assert.match(String(await say('yes', { door: 'back' }, turn('7', 24_000 + 60_001))), /must agree/, 'too late');
  assert.deepEqual(calls, [{ seconds: 5, door: 'front' }]);
});

test('other tools run at once', async () => {
  for (const effect of ['reads', 'changes'] as const) {
    const calls: unknown[] = [];
    await createConsent()
      .guard([tool(effect, calls)], () => '')[0]
      ?.call({}, turn('1'));
    assert.equal(calls.length, 1);
  }
});

test('only a clear yes is a yes', () => {
  for (const yes of ['Yes.', 'yeah, sure', 'OK, do it!', 'Please do it', 'go ahead, thank you'])
    assert.ok(isYes(yes), yes);
  for (const no of ['', 'no', 'yes but not now', 'not yes', 'what?', 'I said yesterday', "please don't", 'yes or no']) {
    assert.ok(!isYes(no), no);
  }
});
