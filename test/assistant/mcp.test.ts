/**
 * Tools of MCP servers, with a real one: the reference server of the protocol.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ToolContext } from '../../actors/assistant/parts/tool.ts';
import { createMcpServer, type McpServerConfig } from '../../actors/assistant/tools/mcp-server.ts';
import { defaultProfile } from '../../src/core/device-profile.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

const SERVER = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
const config: McpServerConfig = {
  name: 'every-thing',
  command: [process.execPath, SERVER, 'stdio'],
  environment: { EARSHOT_MCP_TEST: 'given' },
  allow: {
    echo: 'reads',
    'get-sum': 'changes',
    'get-env': 'reads',
    'trigger-long-running-operation': 'asks',
    gone: 'reads',
  },
};

function context(signal = new AbortController().signal): ToolContext {
  return { device: defaultProfile('kitchen'), turnId: 'turn-1', nowMs: 0, signal };
}

test('allowed tools are offered with their effect, and do what they say', async (t) => {
  const server = createMcpServer(config, systemClock);
  t.after(() => server.close());
  const tools = await server.tools();
  assert.deepEqual(tools.map(({ name, effect }) => [name, effect]).sort(), [
    ['every_thing_echo', 'reads'],
    ['every_thing_get_env', 'reads'],
    ['every_thing_get_sum', 'changes'],
    ['every_thing_trigger_long_running_operation', 'asks'],
  ]);
  assert.ok((await server.offered()).length > tools.length, 'the others are not allowed');
  const tool = (name: string) => tools.find((each) => each.name === `every_thing_${name}`) ?? assert.fail(name);
  assert.match(await tool('get_sum').call({ a: 2, b: 40 }, context()), /\b42\b/);
  assert.match(JSON.stringify(tool('get_sum').parameters), /"type":"object"/);
  await assert.rejects(async () => await tool('get_sum').call({ a: 'x' }, context()), { code: 'tool_failed' });

  process.env.EARSHOT_SECRET_OF_TEST = 'a secret';
  t.after(() => delete process.env.EARSHOT_SECRET_OF_TEST);
  const environment = await tool('get_env').call({}, context());
  assert.match(environment, /EARSHOT_MCP_TEST/);
  assert.doesNotMatch(environment, /a secret/, 'a server gets only what it is given');

  const abort = new AbortController();
  const long = tool('trigger_long_running_operation').call({ duration: 60, steps: 60 }, context(abort.signal));
  abort.abort();
  await assert.rejects(long, { code: 'tool_failed' });
  assert.match(await tool('echo').call({ message: 'still there' }, context()), /still there/);
});

test('a tool that takes too long fails, and the server can still be used', async (t) => {
  const server = createMcpServer({ ...config, timeoutMs: 5_000 }, systemClock);
  t.after(() => server.close());
  const tools = await server.tools();
  const slow = tools.find(({ name }) => name.endsWith('long_running_operation'));
  await assert.rejects(async () => await slow?.call({ duration: 600, steps: 2 }, context()), /timed out/i);
  assert.equal((await server.tools()).length, 4);
});

test('a server that cannot be started fails with a reason, and is not tried again at once', async () => {
  const clock = createVirtualClock();
  const server = createMcpServer({ ...config, command: ['/nowhere/mcp'] }, clock);
  await assert.rejects(server.tools(), { code: 'tool_failed', message: /every-thing cannot be used: .*ENOENT/ });
  await assert.rejects(server.tools(), /is tried again soon/);
  await clock.run(2_000);
  await assert.rejects(server.tools(), /ENOENT/);
  await server.close();
  await assert.rejects(server.tools(), /is closed/);
});

test('a server that ends is started again', async (t) => {
  const clock = createVirtualClock();
  // Ends after its first call.
  const program = `
    const lines = require('node:readline').createInterface({ input: process.stdin });
    lines.on('line', (line) => {
      const { id, method, params } = JSON.parse(line);
      const answer = (result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
      if (method === 'initialize') answer({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } });
      if (method === 'tools/list') answer({ tools: [{ name: 'pid', inputSchema: { type: 'object' } }] });
      if (method === 'tools/call') { answer({ content: [{ type: 'text', text: String(process.pid) }] }); setImmediate(() => process.exit(1)); }
    });`;
  const server = createMcpServer(
    { name: 'x', command: [process.execPath, '-e', program], allow: { pid: 'reads' } },
    clock,
  );
  t.after(() => server.close());
  const [first] = await server.tools();
  const pid = await first?.call({}, context());
  let again: string | undefined;
  while (again === undefined) {
    await clock.run(1_000);
    again = await first?.call({}, context()).catch(() => undefined);
  }
  assert.notEqual(again, pid);
});
