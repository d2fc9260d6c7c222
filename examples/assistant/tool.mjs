/**
 * A tool of your own: a server of the Model Context Protocol, which the gateway starts. A language model uses it when it fits.
 *
 *     { "assistant": { "mcp": { "dice": { "command": ["node", "examples/assistant/tool.mjs"], "allow": { "roll": "reads" } } } } }
 */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const ROLL = {
  name: 'roll',
  description: 'Rolls one die and returns the number.',
  inputSchema: {
    type: 'object',
    properties: { sides: { type: 'integer', minimum: 2, maximum: 100, description: 'of the die; default: 6' } },
  },
};

const server = new Server({ name: 'dice', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [ROLL] }));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
  const { sides = 6 } = params.arguments ?? {};
  return { content: [{ type: 'text', text: String(1 + Math.floor(Math.random() * sides)) }] };
});

await server.connect(new StdioServerTransport());
