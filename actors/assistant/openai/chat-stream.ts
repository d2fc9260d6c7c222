/** One streamed answer of Chat Completions. */
import type {
  ChatCompletionChunk,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import { badAnswer, requestRefused } from '../parts/errors.ts';
import type { Usage } from '../parts/usage.ts';
import { type CalledTool, CalledTools } from './called-tools.ts';
import type { ApiClient } from './client.ts';
import { createThoughtFilter } from './thoughts.ts';

export interface ChatRequest {
  messages: ChatCompletionMessageParam[];
  tools: ChatCompletionTool[];
  /** The model has to answer now. */
  mustAnswer: boolean;
}

export type ChatPiece = { type: 'text'; text: string } | { type: 'calls'; calls: CalledTool[] };

/** Characters of a token, on average in English (platform.openai.com/tokenizer). */
const CHARACTERS_PER_TOKEN = 4;

/** Text as it comes; then, last, the tools that are called. @throws AssistantError */
export async function* chatStream(
  client: ApiClient,
  request: ChatRequest,
  signal: AbortSignal,
  onUsage: (usage: Usage) => void,
): AsyncGenerator<ChatPiece> {
  const { model, provider } = client;
  const calls = new CalledTools();
  const spoken = createThoughtFilter();
  let written = 0;
  let hasText = false;
  let counted: CompletionUsage | undefined;
  let isAccepted = false;
  let isFinished = false;
  try {
    const openai = await client.openai();
    const { messages, tools, mustAnswer } = request;
    const chunks = await openai.chat.completions.create(
      {
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
        ...(tools.length > 0 && { tools, tool_choice: mustAnswer ? 'none' : 'auto' }),
      },
      { signal },
    );
    isAccepted = true;
    for await (const chunk of chunks as AsyncIterable<Partial<ChatCompletionChunk>>) {
      counted = chunk.usage ?? counted;
      const choice: Partial<ChatCompletionChunk.Choice> | undefined = chunk.choices?.[0];
      isFinished ||= choice?.finish_reason != null;
      if (choice?.finish_reason === 'content_filter')
        throw requestRefused(provider, 'content filter', 'its content policy');
      for (const call of choice?.delta?.tool_calls ?? []) {
        written += call.function?.arguments?.length ?? 0;
        if (!calls.add(call)) throw badAnswer(provider, 'it calls tools without end');
      }
      const content = choice?.delta?.content;
      if (typeof content !== 'string') continue;
      written += content.length;
      const text = spoken(content);
      if (text === '') continue;
      hasText ||= text.trim() !== '';
      yield { type: 'text', text };
    }
    if (signal.aborted) return;
    const called = calls.all();
    // The package ignores an event that is not complete.
    if (!isFinished && (hasText || called.length > 0)) throw badAnswer(provider, 'it ends in the middle');
    if (called.length > 0 && mustAnswer) throw badAnswer(provider, 'it calls tools without end');
    if (called.length > 0) yield { type: 'calls', calls: called };
    else if (!hasText) throw badAnswer(provider, 'it is empty', { isRetryable: true });
  } catch (thrown) {
    throw client.errorOf(thrown);
  } finally {
    if (isAccepted) onUsage(usageOf(counted, request, written));
  }
}

/** Estimated, if the server does not count or the answer was interrupted. */
function usageOf(counted: CompletionUsage | undefined, { messages, tools }: ChatRequest, written: number): Usage {
  const read = JSON.stringify([messages, tools]).length;
  return {
    requests: 1,
    inputTokens: counted?.prompt_tokens ?? Math.ceil(read / CHARACTERS_PER_TOKEN),
    outputTokens: counted?.completion_tokens ?? Math.ceil(written / CHARACTERS_PER_TOKEN),
  };
}
