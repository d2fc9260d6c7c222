import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../src/core/log/create-log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createSpanExporter, type Span } from '../../src/observability/tracing/otlp-exporter.ts';
import { createSessionSpans } from '../../src/observability/tracing/session-spans.ts';
import { formatTraceparent, parseTraceparent, traceOf } from '../../src/protocol/traceparent.ts';
import { DIST, loadedWith } from '../support/built.ts';
import { earshot } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { testClock, WALL_START_MS } from '../support/simulated-clock.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { startCollector } from './collector.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

test('a turn of a device and a gateway is one trace over two processes, with the right parents and no words', async (t) => {
  const collector = await startCollector();
  t.after(collector.close);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const gateway = earshot(['gateway', '--open', '--port', '0', '--json'], { env });
  const { url } = JSON.parse(await gateway.line(/^\{/));
  const args = ['run', '--gateway', url, '--once', '--json', '--input', SHORT_SPEECH, '--output', 'null'];
  const { code, stdout, stderr } = await earshot(args, { env }).ended;
  assert.equal(code, 0, stderr);
  const { turnId } = JSON.parse(stdout);
  await eventually(() => collector.spans.some(({ name }) => name === 'gateway turn'), "the gateway's spans");
  gateway.kill('SIGTERM');
  await gateway.ended;
  assert.deepEqual(collector.faults, []);

  const { spans } = collector;
  assert.deepEqual([...new Set(spans.map(({ traceId }) => traceId))], [turnId.replaceAll('-', '')]);
  assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
  const named = (name: string) => spans.find((span) => span.name === name);
  const turn = named('turn');
  assert.ok(turn);
  assert.equal(turn.parentSpanId, undefined);
  for (const [name, service, parent] of [
    ['capture', 'earshot-device', 'turn'],
    ['uplink', 'earshot-device', 'turn'],
    ['playback', 'earshot-device', 'turn'],
    ['gateway turn', 'earshot-gateway', 'turn'],
    ['utterance', 'earshot-gateway', 'gateway turn'],
  ] as const) {
    const span = named(name);
    assert.deepEqual([span?.service, span?.parentSpanId], [service, named(parent)?.spanId], name);
    assert.ok(span && BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano), name);
    // Both processes have the clock of this machine; a span is not years away.
    assert.ok(BigInt(span.startTimeUnixNano) >= BigInt(turn.startTimeUnixNano) - 1_000_000_000n, name);
  }
});

/** Texts that only tracing, multicast DNS and MQTT contain. */
const MARKERS = ['startTimeUnixNano', '_services._dns-sd._udp.local', 'availability_mode'];

test('no command loads tracing, multicast DNS or MQTT before they are asked for', () => {
  const chunks = readdirSync(DIST).filter((name) => name.endsWith('.js'));
  for (const marker of MARKERS) {
    const carries = (name: string) => readFileSync(join(DIST, name), 'utf8').includes(marker);
    assert.ok(chunks.some(carries), `${marker} is in the bundle`);
    for (const command of ['cli', 'start', 'run', 'gateway']) {
      const entry = chunks.find((name) => new RegExp(`^${command}(-\\w+)?\\.js$`).test(name));
      assert.ok(entry, command);
      for (const name of loadedWith(entry)) assert.ok(!carries(name), `${command} loads ${name} with ${marker}`);
    }
  }
});

test('the stages of an answer follow each other below the turn of the gateway', async () => {
  const clock = testClock();
  const spans: Span[] = [];
  const session = createSessionSpans(clock, (span) => spans.push(span));
  const start = { turn: 1, id: ID, trigger: 'key', startedAtMs: 0, offline: false } as const;
  session.sent({ type: 'device.attached', device: 'hall', bufferMs: 0, resumed: false });
  session.sent({ type: 'device.turn', ...start, traceparent: formatTraceparent(traceOf(ID)) });
  await clock.pass(1_000);
  session.sent({ type: 'device.final', turn: 1, frames: 50 });
  for (const [stage, afterMs] of [
    ['transcribed', 100],
    ['firstToken', 300],
    ['firstSentence', 50],
    ['firstAudio', 25],
  ] as const) {
    await clock.pass(afterMs);
    session.received({ type: 'device.stage', turn: 1, stage, atMs: clock.now() });
  }
  await clock.pass(500);
  session.ended(1, 'failed');
  const [turn, ...children] = spans;
  assert.deepEqual([turn?.parentSpanId, turn?.error, turn?.kind], [traceOf(ID).spanId, 'failed', 'server']);
  assert.deepEqual(
    children.map(({ name, startMs, endMs }) => [name, startMs - WALL_START_MS, endMs - WALL_START_MS]),
    [
      ['utterance', 0, 1_000],
      ['recognition', 1_000, 1_100],
      ['thinking', 1_100, 1_400],
      ['first sentence', 1_400, 1_450],
      ['first audio', 1_450, 1_475],
    ],
  );
  assert.ok(children.every(({ parentSpanId }) => parentSpanId === turn?.spanId));

  spans.length = 0;
  session.sent({ type: 'device.turn', ...start, turn: 2 });
  session.ended(2, 'done');
  session.sent({ type: 'device.turn', ...start, turn: 3, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` });
  session.ended(3, 'done');
  assert.deepEqual(spans, [], 'a turn that its device does not trace');
});

test('spans wait in a queue with a limit, and what a collector does not take is dropped and said', async (t) => {
  const collector = await startCollector();
  t.after(collector.close);
  const clock = testClock();
  const lines: string[] = [];
  const log = createLog({ level: 'warn', format: 'json', write: (line) => lines.push(line), now: Date.now });
  const options = { endpoint: new URL(collector.url), headers: {}, service: 'test', clock };
  const span: Span = {
    ...{ traceId: traceOf(ID).traceId, spanId: traceOf(ID).spanId, name: 'turn', kind: 'internal' },
    ...{ startMs: 1_800_000_000_000.25, endMs: 1_800_000_000_001 },
  };
  const exporter = createSpanExporter({ ...options, log: silentLog });
  for (let i = 0; i < 3_000; i += 1) exporter.add(span);
  assert.deepEqual(exporter.stats(), { sent: 0, dropped: 952, waiting: 2_048 });
  await exporter.close();
  assert.deepEqual(collector.faults, []);
  assert.equal(collector.spans[0]?.startTimeUnixNano, '1800000000000250000');

  collector.answer(503);
  const refused = createSpanExporter({ ...options, log });
  refused.add(span);
  await refused.close();
  assert.deepEqual(refused.stats(), { sent: 0, dropped: 1, waiting: 0 });
  assert.match(lines[0] ?? '', /collector_unreachable.*HTTP 503/);
});

test('a traceparent is read as it is written', () => {
  const trace = traceOf(ID);
  assert.deepEqual(parseTraceparent(formatTraceparent(trace)), trace);
  assert.equal(formatTraceparent(trace), '00-01890a5dac96774bbcceb302099a8057-bcceb302099a8057-01');
});
