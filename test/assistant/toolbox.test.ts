import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tool } from '../../actors/assistant/parts/tool.ts';
import type { McpServer } from '../../actors/assistant/tools/mcp-server.ts';
import { createToolbox } from '../../actors/assistant/tools/toolbox.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('a turn never waits for a server: its tools are there when it has answered', async () => {
  let attempts = 0;
  let closed = 0;
  const tool: Tool = { name: 'x', description: '', parameters: {}, effect: 'reads', call: async () => '' };
  const server = (answer: () => Promise<Tool[]>): McpServer => ({
    tools: answer,
    offered: async () => [],
    async close() {
      closed += 1;
    },
  });
  const box = createToolbox(
    [
      server(async () => [tool]),
      server(async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('not yet');
        return [{ ...tool, name: 'y' }];
      }),
    ],
    { clock: createVirtualClock(), log: silentLog },
  );
  const names = () => box.tools().map(({ name }) => name);
  assert.deepEqual(names(), []);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(names(), ['x'], 'one failed, the other is there');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(names(), ['x', 'y'], 'and it is asked again');
  await box.close();
  assert.equal(closed, 2);
});
