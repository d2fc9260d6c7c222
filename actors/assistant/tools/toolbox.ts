/**
 * The tools of all MCP servers. A turn never waits for a server: those that have not answered yet are missing, and asked again.
 */
import { runAlone } from '../../../src/core/actor/run-alone.ts';
import { errorFields } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import { createOccasionalLog } from '../../../src/core/log/occasional-log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Tool } from '../parts/tool.ts';
import type { McpServer } from './mcp-server.ts';

export interface Toolbox {
  /** Those that are known now. */
  tools(): readonly Tool[];
  /** Resolves when each server has answered or failed. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export function createToolbox(servers: readonly McpServer[], { clock, log }: { clock: Clock; log: Log }): Toolbox {
  const known = new Map<McpServer, readonly Tool[]>();
  const asked = new Set<McpServer>();
  const say = createOccasionalLog(log);

  async function ask(server: McpServer): Promise<void> {
    asked.add(server);
    try {
      known.set(server, await server.tools());
    } catch (error) {
      say('the tools of an MCP server are missing', errorFields(error));
    }
    asked.delete(server);
  }

  return {
    tools() {
      for (const server of servers) {
        if (known.has(server) || asked.has(server)) continue;
        runAlone('the tools of an MCP server', { clock, log }, () => ask(server));
      }
      return [...known.values()].flat();
    },
    async prepare() {
      await Promise.all(servers.map(ask));
    },
    async close() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
