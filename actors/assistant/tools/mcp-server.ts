/**
 * The tools of one MCP server (Model Context Protocol, revision 2025-06-18), by the official client. The server is started, or dialled, when it is
 * first needed; one that ended is started again with growing delays.
 */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { EarshotError, messageOf } from '../../../src/core/errors.ts';
import { VERSION } from '../../../src/core/process/version.ts';
import { backoffMs } from '../../../src/core/time/backoff.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Tool, ToolEffect } from '../parts/tool.ts';
import { inToolSpan, type ToolCallMeta } from './traced-tool-call.ts';

export interface McpServerConfig {
  /** For people, and the beginning of the names of its tools: a–z, 0–9 and -. */
  name: string;
  /** A program that speaks MCP on its standard input and output … */
  command?: readonly [program: string, ...args: string[]];
  /** … with these variables beside the harmless ones of this process … */
  environment?: Readonly<Record<string, string>>;
  /** … or the address of a server (streamable HTTP), */
  url?: string;
  /** and the key for it. */
  key?: () => string | undefined;
  /** The tools that may be used, and what each may do. Others are not offered. */
  allow: Readonly<Record<string, ToolEffect>>;
  /** Default: 10 s. */
  timeoutMs?: number;
}

export interface McpServer {
  /** The allowed tools that it has. @throws EarshotError `tool_failed` */
  tools(): Promise<Tool[]>;
  /** All that it has, for people who choose. */
  offered(): Promise<{ name: string; description: string }[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Of one message of the server. */
const MAX_MESSAGE_BYTES = 1_024 * 1_024;
/** Of a result, for a model that reads all of it. */
const MAX_RESULT_LENGTH = 8_000;
const MAX_TOOLS = 100;

type Offered = Awaited<ReturnType<Client['listTools']>>['tools'][number];

interface Connected {
  client: Client;
  offered: Offered[];
}

export function createMcpServer(config: McpServerConfig, clock: Clock): McpServer {
  const { name, allow, timeoutMs = TIMEOUT_MS } = config;
  let connected: Promise<Connected> | undefined;
  let failures = 0;
  let notBeforeMs = 0;
  let closed = false;

  function connection(): Promise<Connected> {
    if (closed) return Promise.reject(failed(`The MCP server ${name} is closed`));
    if (!connected && clock.now() < notBeforeMs) {
      return Promise.reject(failed(`The MCP server ${name} has failed, and is tried again soon`));
    }
    connected ??= connect();
    return connected;
  }

  async function connect(): Promise<Connected> {
    try {
      const opened = await open(config, timeoutMs);
      failures = 0;
      opened.client.onclose = lost;
      return opened;
    } catch (error) {
      lost();
      throw failed(`The MCP server ${name} cannot be used: ${messageOf(error)}`, error);
    }
  }

  function lost(): void {
    connected = undefined;
    failures += 1;
    notBeforeMs = clock.now() + backoffMs(failures, { firstMs: FIRST_RETRY_MS, longestMs: LONGEST_RETRY_MS });
  }

  type Input = Record<string, unknown>;
  const call = (tool: string, input: Input, signal: AbortSignal): Promise<string> =>
    inToolSpan({ server: name, tool, url: config.url, signal }, (meta) => ask(tool, input, meta, signal));

  async function ask(tool: string, input: Input, meta: ToolCallMeta, signal: AbortSignal): Promise<string> {
    const { client } = await connection();
    const limits = { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal };
    const result = await client
      .callTool({ name: tool, arguments: input, ...meta }, undefined, limits)
      .catch((error: unknown) => {
        throw failed(`${tool} of the MCP server ${name} failed: ${messageOf(error)}`, error);
      });
    const text = textOf(result.content);
    if (result.isError) throw failed(`${tool} of the MCP server ${name} failed: ${text}`);
    return text;
  }

  return {
    async tools() {
      const { offered } = await connection();
      return offered.flatMap(({ name: tool, description = '', inputSchema }) => {
        const effect = allow[tool];
        if (effect === undefined) return [];
        return {
          name: toolName(name, tool),
          description,
          parameters: inputSchema,
          effect,
          call: (input: Input, { signal }: { signal: AbortSignal }) => call(tool, input, signal),
        };
      });
    },
    async offered() {
      const { offered } = await connection();
      return offered.map(({ name: tool, description = '' }) => ({ name: tool, description }));
    },
    async close() {
      closed = true;
      const opened = await connected?.catch(() => undefined);
      await opened?.client.close();
    },
  };
}

/** Loads the client on first use: 24 MB. */
async function open(config: McpServerConfig, timeoutMs: number): Promise<Connected> {
  const [{ Client: McpClient }, transport] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    transportOf(config),
  ]);
  const client = new McpClient({ name: 'earshot', version: VERSION });
  try {
    await client.connect(transport, { timeout: timeoutMs });
    return { client, offered: await allTools(client, timeoutMs) };
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
}

async function transportOf({ command, environment, url, key }: McpServerConfig) {
  if (command) {
    const { getDefaultEnvironment, StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const [program, ...args] = command;
    const env = { ...getDefaultEnvironment(), ...environment };
    const options = { command: program, args, env, stderr: 'ignore', maxBufferSize: MAX_MESSAGE_BYTES } as const;
    return new StdioClientTransport(options);
  }
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const secret = key?.();
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  // A redirect must not take the key to another host.
  return new StreamableHTTPClientTransport(new URL(url ?? ''), { requestInit: { headers, redirect: 'error' } });
}

async function allTools(client: Client, timeoutMs: number): Promise<Offered[]> {
  const all: Offered[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor }, { timeout: timeoutMs });
    all.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor !== undefined && all.length < MAX_TOOLS);
  return all.slice(0, MAX_TOOLS);
}

function textOf(content: unknown): string {
  const parts = Array.isArray(content) ? content : [];
  const texts = parts.map((part: { type?: unknown; text?: unknown }) =>
    part.type === 'text' && typeof part.text === 'string' ? part.text : `(${String(part.type)})`,
  );
  const text = texts.join('\n');
  return text.length > MAX_RESULT_LENGTH ? `${text.slice(0, MAX_RESULT_LENGTH - 1)}…` : text;
}

/** Unique by the server's name. */
function toolName(server: string, tool: string): string {
  return `${server}_${tool}`
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .slice(0, 64);
}

function failed(message: string, cause?: unknown): EarshotError {
  return new EarshotError('tool_failed', message, 'See the log of the MCP server; earshot doctor tries it.', { cause });
}
