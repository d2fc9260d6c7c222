/**
 * The tools of the configuration: MCP servers, and what each of their tools may do.
 */
import { resolve } from 'node:path';
import type { McpServerConfig } from '../../../actors/assistant/tools/mcp-server.ts';
import type { ReadConfig } from './config-file.ts';
import { readKey } from './config-keys.ts';
import type { McpSection } from './config-schema.ts';

/** @throws EarshotError `assistant_config`, `file_not_found`, `file_unreadable` */
export function mcpServersOf(file: ReadConfig, folder: string, environment: NodeJS.ProcessEnv): McpServerConfig[] {
  const servers = Object.entries(file.content.assistant?.mcp ?? {});
  return servers.map(([name, section]) => {
    const wrong = (message: string) => file.wrong(['assistant', 'mcp', name], message);
    if ((section.command === undefined) === (section.url === undefined)) throw wrong('write either “command” or “url”');
    return { name, ...endpointOf(section), ...keyOf(section), ...limitsOf(section), allow: section.allow ?? {} };
  });

  function endpointOf({ command, environment: variables, url }: McpSection): Partial<McpServerConfig> {
    const [program, ...args] = command ?? [];
    if (program === undefined) return url === undefined ? {} : { url };
    return { command: [program, ...args], ...(variables && { environment: variables }) };
  }

  /** A variable is read at each connection: it may have changed. */
  function keyOf({ keyFile, keyVariable }: McpSection): Partial<McpServerConfig> {
    if (keyFile !== undefined) {
      const key = readKey(resolve(folder, keyFile));
      return { key: () => key };
    }
    return keyVariable === undefined ? {} : { key: () => environment[keyVariable]?.trim() };
  }

  function limitsOf({ timeoutMs }: McpSection): Partial<McpServerConfig> {
    return timeoutMs === undefined ? {} : { timeoutMs };
  }
}
