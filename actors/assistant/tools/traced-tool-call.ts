/**
 * A call of a tool of an MCP server as a span, by OpenTelemetry's names (semantic conventions, "MCP"). The server gets the context of the trace in the
 * request's `_meta`, where these conventions put it. Neither the input nor the result is told.
 */
import { failureCode, traceCall } from '../requests/traced-call.ts';

export interface ToolCallMeta {
  _meta?: { traceparent: string };
}

export async function inToolSpan<Result>(
  { server, tool, url, signal }: { server: string; tool: string; url: string | undefined; signal: AbortSignal },
  work: (meta: ToolCallMeta) => Promise<Result>,
): Promise<Result> {
  const call = traceCall(`tools/call ${tool}`, {
    'mcp.method.name': 'tools/call',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
    'earshot.mcp_server': server,
    ...addressOf(url),
  });
  try {
    const result = await work(call ? { _meta: { traceparent: call.traceparent } } : {});
    call?.end();
    return result;
  } catch (error) {
    call?.end(codeOf(error, signal));
    throw error;
  }
}

/** A server that is a program of this machine has a pipe. */
function addressOf(url: string | undefined): Record<string, string | number> {
  if (url === undefined) return { 'network.transport': 'pipe' };
  const { protocol, hostname, port } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}

/** That of JSON-RPC, or of the system; `tool_failed`: the tool itself says so. */
function codeOf(error: unknown, signal: AbortSignal): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const isNumbered = cause instanceof Error && 'code' in cause && typeof cause.code === 'number';
  return isNumbered && !signal.aborted ? String(cause.code) : failureCode(cause ?? error, signal);
}
