/** A language model as brain, by Chat Completions: it answers, and calls tools in between. */
import { type Brain, type BrainOutput, type BrainRequest, type PastConversation, toolContext } from '../parts/brain.ts';
import type { PartContext } from '../parts/provider.ts';
import type { ToolCall } from '../parts/tool.ts';
import { limitedStream } from '../requests/limited-request.ts';
import { callTool, toolCallParam } from './called-tools.ts';
import { chatTools, messagesFor, messagesForSummary } from './chat-messages.ts';
import { type ChatPiece, chatStream } from './chat-stream.ts';
import type { ApiClient } from './client.ts';

/** Requests of one answer: after each of them but the last the model may call tools. */
const MAX_REQUESTS = 5;
/** About four minutes of speech. A longer answer ends here. */
const MAX_ANSWER_CHARACTERS = 4_000;

export function createChatBrain(client: ApiClient, context: PartContext): Brain {
  return {
    answer: (request, signal) => answer(request, signal, client, context),
    summarize: (conversation, signal) => summarize(conversation, signal, client, context),
    prepare: () => client.prepare(),
    close: () => client.close(),
  };
}

async function* answer(
  request: BrainRequest,
  signal: AbortSignal,
  client: ApiClient,
  { log, reportUsage }: PartContext,
): AsyncGenerator<BrainOutput, void, undefined> {
  const { device } = request;
  const messages = messagesFor(request);
  const tools = chatTools(request.tools);
  let characters = 0;
  for (let count = 1; count <= MAX_REQUESTS; count++) {
    const open = (opened: AbortSignal): AsyncIterable<ChatPiece> =>
      chatStream(client, { messages, tools, mustAnswer: count === MAX_REQUESTS }, opened, (usage) =>
        reportUsage(device.name, usage),
      );
    let said = '';
    let calls: Extract<ChatPiece, { type: 'calls' }>['calls'] = [];
    for await (const piece of limitedStream(open, client.limits(signal))) {
      if (piece.type === 'calls') {
        calls = piece.calls;
        continue;
      }
      said += piece.text;
      characters += piece.text.length;
      yield piece;
      if (characters < MAX_ANSWER_CHARACTERS) continue;
      log.warn('an answer was too long and was cut', { provider: client.provider, characters });
      return;
    }
    if (calls.length === 0 || signal.aborted) return;
    // What follows is another sentence.
    if (said !== '') yield { type: 'text', text: '\n' };
    messages.push({ role: 'assistant', content: said || null, tool_calls: calls.map(toolCallParam) });
    for (const called of calls) {
      const call = await callTool(called, request.tools, toolContext(request, signal));
      if (signal.aborted) return;
      yield { type: 'tool', call };
      messages.push({ role: 'tool', tool_call_id: called.id, content: resultOf(call) });
    }
  }
}

/** What does not fit into the prompt is not worth more. */
const MAX_SUMMARY_CHARACTERS = 1_500;

async function summarize(
  conversation: PastConversation,
  signal: AbortSignal,
  client: ApiClient,
  { reportUsage }: PartContext,
): Promise<string> {
  const messages = messagesForSummary(conversation);
  const open = (opened: AbortSignal): AsyncIterable<ChatPiece> =>
    chatStream(client, { messages, tools: [], mustAnswer: true }, opened, (usage) =>
      reportUsage(conversation.device, usage),
    );
  let text = '';
  for await (const piece of limitedStream(open, client.limits(signal))) {
    if (piece.type === 'text') text += piece.text;
    if (text.length >= MAX_SUMMARY_CHARACTERS) break;
  }
  return text.slice(0, MAX_SUMMARY_CHARACTERS).trim();
}

function resultOf({ result, error }: ToolCall): string {
  return result ?? `Error: ${error}`;
}
