/**
 * Calls that are not plain HTTP as spans: a Wyoming server, a tool of an MCP server. OpenAI Realtime's are in assistant/openai/realtime.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createAssistant } from '../../actors/assistant/answer/assistant.ts';
import type { PartContext } from '../../actors/assistant/parts/provider.ts';
import type { ToolContext } from '../../actors/assistant/parts/tool.ts';
import { createMcpServer } from '../../actors/assistant/tools/mcp-server.ts';
import { wyomingSynthesizer, wyomingTranscriber } from '../../actors/assistant/wyoming/provider.ts';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { defaultProfile } from '../../src/core/device-profile.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { inSpan, runningSpan } from '../../src/core/process/running-span.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { withTracedCalls } from '../../src/gateway/traced-calls.ts';
import { scriptedParts } from '../assistant/answer/scripted-parts.ts';
import { startWyomingPeer } from '../assistant-peer/wyoming.ts';
import { utterancePackets, virtualGateway } from '../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type RecordedSpan, recordedSpan } from '../support/recorded-span.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

const SAID = 'what was said';
const context: PartContext = {
  ...{ clock: systemClock, log: silentLog, modelsFolder: '/nowhere' },
  reportUsage() {},
};
const live = () => new AbortController().signal;
const namesAndErrors = ({ calls }: RecordedSpan) => calls.map(({ name, error }) => [name, error]);

describe('Wyoming', () => {
  async function parts(t: TestContext) {
    const peer = await startWyomingPeer({
      speech: {
        speak: async () => ({ samples: new Int16Array(1_600), sampleRateHz: 16_000 }),
        recognise: async () => SAID,
      },
    });
    const settings = { url: peer.url, timeoutMs: 60_000 };
    const transcriber = await wyomingTranscriber.create(settings, context);
    const synthesizer = await wyomingSynthesizer.create(settings, context);
    t.after(async () => {
      await Promise.all([transcriber.close(), synthesizer.close()]);
      await peer.close();
    });
    const frame = Uint8Array.from(createOpusEncoder().encode(new Int16Array(320)));
    return {
      peer,
      async recognise() {
        const utterance = transcriber.begin({ device: 'kitchen', language: 'en', signal: live() });
        utterance.push([frame, frame], 0);
        return (await utterance.finish()).text;
      },
      async speak(signal = live()) {
        for await (const _ of synthesizer.speak(SAID, { device: 'kitchen', language: 'en', signal }));
      },
    };
  }

  test('each request is a span with its server, without words', async (t) => {
    const { peer, recognise, speak } = await parts(t);
    const span = recordedSpan();
    assert.equal(await inSpan(span, recognise), SAID);
    await inSpan(span, speak);
    const found = [
      ['wyoming transcribe', undefined],
      ['wyoming describe', undefined],
      ['wyoming synthesize', undefined],
    ];
    assert.deepEqual(namesAndErrors(span), found);
    for (const { attributes, startMs, endMs } of span.calls) {
      const address = { 'server.address': '127.0.0.1', 'server.port': Number(new URL(peer.url).port) };
      assert.deepEqual(attributes, { 'network.protocol.name': 'wyoming', ...address });
      assert.ok(endMs >= startMs);
    }
    assert.doesNotMatch(JSON.stringify(span.calls), new RegExp(SAID));
    await recognise();
    assert.equal(span.calls.length, 3, 'a turn that is not traced has none');
  });

  test('what fails has a code: each attempt is a span, also one that nobody waits for', async (t) => {
    const { peer, recognise, speak } = await parts(t);
    await speak();
    const span = recordedSpan();
    peer.fail('error event');
    await inSpan(span, recognise);
    peer.fail('not JSON');
    await assert.rejects(inSpan(span, speak));
    peer.fail('hang');
    const controller = new AbortController();
    const before = peer.received.length;
    const interrupted = inSpan(span, () => speak(controller.signal));
    await eventually(() => peer.received.length > before, 'the request');
    controller.abort();
    await interrupted;
    await eventually(() => span.calls.length === 4, 'the span of the interrupted request');
    assert.deepEqual(namesAndErrors(span), [
      ['wyoming transcribe', 'assistant_failed'],
      ['wyoming transcribe', undefined],
      ['wyoming synthesize', 'assistant_bad_answer'],
      ['wyoming synthesize', 'aborted'],
    ]);
  });
});

/** An MCP server that tells what it got beside the input, and whose second tool fails. */
const MCP_SERVER = `
  const lines = require('node:readline').createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    const answer = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
    const tool = (name) => ({ name, inputSchema: { type: 'object' } });
    if (method === 'initialize') answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } });
    if (method === 'tools/list') answer({ tools: [tool('meta'), tool('broken'), tool('unknown')] });
    if (method !== 'tools/call') return;
    if (params.name === 'unknown') return console.log(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'no such tool' } }));
    answer({ content: [{ type: 'text', text: JSON.stringify(params._meta ?? 'none') }], isError: params.name === 'broken' });
  });`;

test('a call of an MCP tool is a span, and its server gets the context', async (t) => {
  const command = [process.execPath, '-e', MCP_SERVER] as const;
  const allow = { meta: 'reads', broken: 'reads', unknown: 'reads' } as const;
  const server = createMcpServer({ name: 'x', command, allow }, systemClock);
  t.after(() => server.close());
  const [meta, broken, unknown] = await server.tools();
  const span = recordedSpan();
  const forKitchen: ToolContext = { device: defaultProfile('kitchen'), turnId: '1', nowMs: 0, signal: live() };
  const said = { text: SAID };
  const got = await inSpan(span, () => meta?.call(said, forKitchen));
  await assert.rejects(inSpan(span, async () => broken?.call(said, forKitchen)));
  await assert.rejects(inSpan(span, async () => unknown?.call(said, forKitchen)));
  assert.deepEqual(namesAndErrors(span), [
    ['tools/call meta', undefined],
    ['tools/call broken', 'tool_failed'],
    ['tools/call unknown', '-32602'],
  ]);
  const [call] = span.calls;
  assert.deepEqual(JSON.parse(got ?? ''), { traceparent: `00-${span.traceId}-${call?.spanId}-01` });
  assert.deepEqual(call?.attributes, {
    ...{ 'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'meta' },
    ...{ 'earshot.mcp_server': 'x', 'network.transport': 'pipe' },
  });
  assert.doesNotMatch(JSON.stringify(span.calls), new RegExp(SAID));
  assert.equal(await meta?.call({}, forKitchen), '"none"', 'without a trace it gets nothing');
});

test('the assistant works in the span of its turn: recogniser, brain and voice', async () => {
  let clock: VirtualClock | undefined;
  const span = recordedSpan();
  const found: string[] = [];
  const note = (what: string) => void (runningSpan() === span && found.push(what));
  const parts = scriptedParts({
    clock: () => clock as VirtualClock,
    texts: [SAID],
    *reply() {
      note('brain');
      yield 'It is noon.';
    },
  });
  const { transcriber, voice } = parts;
  const responder = createAssistant({
    ...parts,
    transcriber: {
      ...transcriber,
      begin(options) {
        note('recogniser');
        return transcriber.begin(options);
      },
    },
    voice: {
      ...voice,
      reply(device) {
        note('voice');
        return voice.reply(device);
      },
    },
  });
  const gateway = virtualGateway({ responder: withTracedCalls(responder, () => span) });
  clock = gateway.clock;
  gateway.device.say(hello('kitchen'));
  await clock.run(10);
  gateway.device.say(turnStart(1));
  await clock.run(10);
  gateway.device.say(...utterancePackets(1, 2));
  await clock.run(5_000);
  assert.deepEqual(found.sort(), ['brain', 'recogniser', 'voice']);
});
