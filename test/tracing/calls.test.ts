/**
 * Calls of providers as spans of the turn for which they are made; and turns that come later, which are linked.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { createHttpFetch } from '../../actors/assistant/requests/http-fetch.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { RunningSpan } from '../../src/core/process/running-span.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { withTracedCalls } from '../../src/gateway/traced-calls.ts';
import { openGatewayTracing } from '../../src/observability/tracing/open-tracing.ts';
import type { Span } from '../../src/observability/tracing/otlp-exporter.ts';
import { createSessionSpans, type RunningTurns } from '../../src/observability/tracing/session-spans.ts';
import { formatTraceparent, parseTraceparent, traceOf } from '../../src/protocol/traceparent.ts';
import { once } from '../support/in-time.ts';
import { testClock } from '../support/simulated-clock.ts';
import { startCollector } from './collector.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const PACKET = { turn: 1, sequence: 0, timestamp: 0, frames: [], final: true, discontinuity: false, pcm: false };
const PROFILE = { name: 'hall', language: 'en', timeZone: 'UTC', units: 'metric', features: [] } as const;
const attached = { type: 'device.attached', device: 'hall', bufferMs: 0, resumed: false } as const;
const begun = { type: 'device.turn', turn: 1, id: ID, trigger: 'key', startedAtMs: 0 } as const;
const traceparent = formatTraceparent(traceOf(ID));

let provider = '';
const headers: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  headers.push(request.headers);
  if (request.url?.startsWith('/hang-up')) return void response.destroy();
  response.writeHead(request.url?.startsWith('/busy') ? 429 : 200, { 'content-type': 'text/plain' });
  response.end('the answer');
});
before(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  provider = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => void headers.splice(0));
after(() => void server.close());

/** A gateway's turn, whose responder asks the provider when the person has finished, from a promise. */
async function turnThatAsks(path: string, options: { isTraced?: boolean } = {}): Promise<Span[]> {
  const spans: Span[] = [];
  const running = new Map<string, RunningSpan>();
  const turns: RunningTurns = {
    begin: (device, turnId, span) => void running.set(`${turnId} ${device}`, span),
    end: (device, turnId) => void running.delete(`${turnId} ${device}`),
  };
  const session = createSessionSpans(systemClock, (span) => spans.push(span), turns);
  const http = createHttpFetch('a provider');
  let asked: Promise<void> | undefined;
  const responder: Responder = () => ({
    hear({ final }) {
      if (final) asked = ask();
    },
    abort() {},
  });
  async function ask(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      const response = await http.fetch(`${provider}${path}?said=secret`, { method: 'POST', body: 'what was said' });
      await response.text();
    } catch {
      // It is in the span.
    }
  }
  const traced = withTracedCalls(responder, (device, id) => running.get(`${id} ${device}`));
  session.sent(attached);
  session.sent({ ...begun, offline: false, ...(options.isTraced !== false && { traceparent }) });
  const listener = traced({ number: 1, id: ID, device: PROFILE }, {} as never);
  // Outside of any span, as packets come.
  await new Promise<void>((resolve) => setImmediate(resolve));
  listener.hear(PACKET);
  await asked;
  await new Promise((resolve) => setTimeout(resolve, 20));
  session.ended(1, 'done');
  assert.equal(running.size, 0, 'a turn that is over is forgotten');
  http.close();
  return spans;
}

test('a call is a span of its turn, its server gets the context, and nothing that was said is in it', async () => {
  const spans = await turnThatAsks('/v1/answers');
  const turn = spans.find(({ name }) => name === 'gateway turn');
  const call = spans.find(({ kind }) => kind === 'client');
  assert.deepEqual([call?.parentSpanId, call?.traceId], [turn?.spanId, traceOf(ID).traceId]);
  const { traceId, spanId } = parseTraceparent(String(headers[0]?.traceparent));
  assert.deepEqual([traceId, spanId], [call?.traceId, call?.spanId]);
  const { port } = new URL(provider);
  assert.equal(call?.name, 'POST /v1/answers');
  assert.deepEqual(call?.attributes, {
    ...{ 'http.request.method': 'POST', 'server.address': '127.0.0.1', 'server.port': Number(port) },
    ...{ 'url.path': '/v1/answers', 'http.response.status_code': 200 },
  });
  assert.equal(call?.error, undefined);
  assert.ok((call?.endMs ?? 0) >= (call?.startMs ?? 1));
  assert.doesNotMatch(JSON.stringify(spans), /said|secret/);
});

test('a refusal and a broken connection are errors of the span', async () => {
  for (const [path, error] of [
    ['/busy', '429'],
    ['/hang-up', 'ECONNRESET'],
  ] as const) {
    const call = (await turnThatAsks(path)).find(({ kind }) => kind === 'client');
    assert.equal(call?.error, error, path);
  }
});

test('without a trace a provider gets no header, and there is no span', async () => {
  assert.deepEqual(await turnThatAsks('/v1/answers', { isTraced: false }), []);
  assert.equal(headers.length, 1);
  assert.equal(headers[0]?.traceparent, undefined);
});

test('a turn that comes later is a trace of its own, linked to the turn of the device', async (t) => {
  const collector = await startCollector();
  t.after(collector.close);
  const clock = testClock();
  const tracing = openGatewayTracing({ endpoint: new URL(collector.url), headers: {}, clock, log: silentLog });
  const session = tracing.traceSession();
  session.sent(attached);
  session.sent({ ...begun, offline: true, traceparent });
  assert.ok(tracing.spanOf('hall', ID));
  await clock.pass(100);
  session.ended(1, 'done');
  assert.equal(tracing.spanOf('hall', ID), undefined);
  await tracing.close();
  assert.deepEqual(collector.faults, []);
  const [span] = collector.spans;
  const { traceId, spanId } = traceOf(ID);
  assert.equal(span?.name, 'stored turn');
  assert.deepEqual(span?.links, [{ traceId, spanId }]);
  assert.equal(span?.parentSpanId, undefined);
  assert.notEqual(span?.traceId, traceId);
});
