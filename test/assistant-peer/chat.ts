/** `POST /v1/chat/completions`, streamed. */
import { setTimeout as wait } from 'node:timers/promises';
import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { PeerDelays } from './delays.ts';
import { answerByRules, type Rule, tokensOf } from './script.ts';

export interface ChatOptions {
  request: ChatCompletionCreateParamsStreaming;
  rules: readonly Rule[];
  delays: PeerDelays;
  /** Without `usage`, `[DONE]`, `object`, `created`, indexes, and with comments: as some compatible servers write. */
  isMinimal: boolean;
}

/** The events of Server-Sent Events. */
export async function* chatEvents({ request, rules, delays, isMinimal }: ChatOptions): AsyncGenerator<string> {
  const common = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: request.model } as const;
  type Delta = ChatCompletionChunk.Choice.Delta;
  type Finish = ChatCompletionChunk.Choice['finish_reason'];
  const event = (delta: Delta, finish_reason: Finish = null): string => {
    if (isMinimal)
      return `data:${JSON.stringify({ choices: [{ delta, ...(finish_reason && { finish_reason }) }] })}\r\n\r\n`;
    const chunk: ChatCompletionChunk = { ...common, choices: [{ index: 0, delta, finish_reason }] };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  };
  const answer = answerByRules(rules, stateOf(request));
  await wait(delays.firstTokenMs);
  if (isMinimal) yield ': a comment\r\n\r\n';
  yield event({ role: 'assistant', ...(!isMinimal && { content: '' }) });
  let tokens = 0;
  if ('call' in answer) {
    const { name, input } = answer.call;
    const position = isMinimal ? ({} as { index: number }) : { index: 0 };
    yield event({ tool_calls: [{ ...position, id: 'call_1', type: 'function', function: { name, arguments: '' } }] });
    const text = JSON.stringify(input);
    for (const part of [text.slice(0, 5), text.slice(5)]) {
      yield event({ tool_calls: [{ ...position, function: { arguments: part } }] });
    }
    yield event({}, isMinimal ? 'stop' : 'tool_calls');
  } else {
    for (const content of tokensOf(answer.say)) {
      if (tokens > 0) await wait(delays.tokenMs);
      tokens += 1;
      yield event({ content });
    }
    yield event({}, 'stop');
  }
  if (isMinimal) return;
  if (request.stream_options?.include_usage) {
    const usage = { prompt_tokens: 9, completion_tokens: tokens, total_tokens: 9 + tokens };
    yield `data: ${JSON.stringify({ ...common, choices: [], usage } satisfies ChatCompletionChunk)}\n\n`;
  }
  yield 'data: [DONE]\n\n';
}

function stateOf({ messages, tools = [] }: ChatCompletionCreateParamsStreaming) {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const results = messages.slice(at + 1).filter(({ role }) => role === 'tool');
  return {
    heard: textOf(messages[at]),
    results: results.map(textOf),
    tools: tools.flatMap((tool) => (tool.type === 'function' ? [tool.function.name] : [])),
  };
}

function textOf(message: ChatCompletionMessageParam | undefined): string {
  return typeof message?.content === 'string' ? message.content : '';
}
