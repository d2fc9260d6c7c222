/**
 * The cloud accepts every value that the wire protocol accepts: each message that is not refused becomes a row, through the same
 * recorder and the same validators. Otherwise a device would get a confirmation for data that the cloud refuses later.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessionLog } from '../../actors/cloud/session-log.ts';
import { api } from '../../convex/_generated/api.js';
import type { DeviceMessage } from '../../src/protocol/control.ts';
import { decodeDeviceMessage } from '../../src/protocol/control.ts';
import { asGateway, asOperator, functions } from '../support/convex-functions.ts';
import fc from '../support/fast-check.ts';
import { protocolExamples } from '../support/protocol-page.ts';

const RUNS = 2_000;

const HOSTILE_TEXTS = [
  '',
  '$bad',
  '_id',
  ' ',
  'ä',
  '\ud800',
  'x\udc00y',
  '\u0000',
  '\n',
  '\u202e',
  '__proto__',
  'x'.repeat(70_000),
];
const HOSTILE_NUMBERS = [
  0,
  -0,
  -1,
  0.5,
  1e300,
  -1e300,
  2 ** 32,
  2 ** 53,
  8.64e15,
  8.64e15 + 1,
  Number.MAX_VALUE,
  5e-324,
];
const HOSTILE_IDS = [
  '01890a5d-ac96-774b-bcce-b302099a8057',
  '01890A5D-AC96-774B-BCCE-B302099A8057',
  '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
  '00000000-0000-7000-8000-000000000000',
  'ffffffff-ffff-7fff-bfff-ffffffffffff',
];
const anyText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 200 }));
const anyNumber = fc.oneof(fc.constantFrom(...HOSTILE_NUMBERS), fc.double(), fc.integer());
const anyValue = fc.oneof(
  { weight: 3, arbitrary: anyText },
  { weight: 3, arbitrary: anyNumber },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_IDS) },
  { weight: 1, arbitrary: fc.constantFrom(null, true, [], {}) },
  { weight: 2, arbitrary: fc.dictionary(anyText, anyNumber, { maxKeys: 300 }) },
);

/** The page's examples of recorded messages, with some values replaced by hostile ones. */
const recorded = protocolExamples
  .filter(({ language, kind }) => language === 'json' && kind === 'device')
  .map(({ body }) => JSON.parse(body) as DeviceMessage)
  .filter(({ type }) => ['hello', 'turn.start', 'turn.report', 'report', 'playback'].includes(type));
const anyMessage = fc
  .constantFrom(...recorded)
  .chain((example) =>
    fc
      .array(fc.tuple(fc.constantFrom(...pathsOf(example)), anyValue), { minLength: 1, maxLength: 2 })
      .map((changes) =>
        changes.reduce((message, [path, value]) => withValue(message, path, value), example as unknown),
      ),
  );

function pathsOf(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  const inside = Object.entries(value).flatMap(([key, each]) => (key === 'type' ? [] : pathsOf(each, [...at, key])));
  return at.length > 0 ? [at, ...inside] : inside;
}

function withValue(message: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value;
  const object = typeof message === 'object' && message !== null ? message : {};
  return { ...object, [key]: withValue((object as Record<string, unknown>)[key], rest, value) };
}

test('the cloud accepts every message that the wire protocol accepts', async () => {
  const t = functions();
  const seen = { taken: 0, refused: 0, rows: 0 };

  async function record(message: DeviceMessage): Promise<void> {
    const device = message.type === 'hello' ? message.device.name : 'kitchen';
    const log = createSessionLog('s');
    const turns = (['turn.start', 'playback', 'turn.report'] as const).includes(message.type as never)
      ? recordsOf(log, message)
      : [];
    for (const turn of turns) await asGateway(t).mutation(api.turns.record, { device, record: whole(turn) });
    seen.rows += turns.length;
    if (message.type === 'hello') {
      const { model, software } = message.device;
      const make = { ...(model && { model }), ...(software && { software }) };
      const session = `s-${seen.rows++}`;
      await asGateway(t).mutation(api.sessions.record, whole({ device, session, openedAt: 1, ...make }));
    }
    if (message.type === 'report') {
      await asGateway(t).mutation(api.reports.add, whole({ device, at: seen.rows++, figures: message.figures }));
    }
  }

  await fc.assert(
    fc.asyncProperty(anyMessage, async (message) => {
      const decoded = decodeDeviceMessage(JSON.stringify(message));
      if (!decoded.ok) seen.refused += 1;
      else {
        seen.taken += 1;
        await record(decoded.message);
      }
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
  // Both must occur, or this test proves nothing.
  assert.ok(seen.taken > RUNS / 30 && seen.refused > RUNS / 4 && seen.rows > RUNS / 30, JSON.stringify(seen));
  // And every accepted record is listed.
  const turns = await asOperator(t).query(api.turns.list, { limit: 200 });
  for (const { startedAt } of turns) assert.equal(Number.isNaN(new Date(startedAt).getTime()), false);
});

/** The recorder's result for a turn with this start or these messages. */
function recordsOf(log: ReturnType<typeof createSessionLog>, message: DeviceMessage) {
  const example = recorded.find(({ type }) => type === 'turn.start');
  const start = message.type === 'turn.start' ? message : example;
  if (start?.type !== 'turn.start') return [];
  const { turn, id, trigger, startedAt: startedAtMs, offline } = start;
  const begun = log.sent({ type: 'device.turn', turn, id, trigger, startedAtMs, offline: offline !== undefined });
  if (message.type === 'playback') return [...begun, ...log.sent({ ...message, type: 'device.playback', turn })];
  if (message.type !== 'turn.report') return begun;
  return [...begun, ...log.sent({ type: 'turn.latencies', id, latencyMs: message.latencyMs })];
}

/** A real deployment accepts only valid Unicode: an unpaired surrogate ends its connection. */
function whole<T>(value: T): T {
  const text = JSON.stringify(value);
  assert.doesNotMatch(text, /\\ud[89a-f]../i, 'a lone surrogate');
  return value;
}
