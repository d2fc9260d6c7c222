/**
 * The tools that a model calls in a streamed answer. Their inputs come in pieces. OpenAI numbers the calls with `index`;
 * compatible servers leave it out, number all of them 0, repeat the name in each piece, or send no id.
 */
import type { ChatCompletionChunk, ChatCompletionMessageFunctionToolCall } from 'openai/resources/chat/completions';
import { EarshotError, messageOf } from '../../../src/core/errors.ts';
import { untilAborted } from '../../../src/core/threads/until-aborted.ts';
import type { Tool, ToolCall, ToolContext } from '../parts/tool.ts';

type Piece = Partial<ChatCompletionChunk.Choice.Delta.ToolCall>;

/** More of them, or more text, is a fault of the model. */
const MAX_CALLS = 16;
const MAX_INPUT_CHARACTERS = 65_536;

export interface CalledTool {
  id: string;
  name: string;
  /** JSON. */
  input: string;
}

export class CalledTools {
  readonly #calls: (CalledTool & { index: number | undefined })[] = [];

  /** False: there is too much. */
  add(piece: Piece): boolean {
    const call = this.#find(piece) ?? this.#begin(piece);
    call.name = piece.function?.name || call.name;
    call.input += piece.function?.arguments ?? '';
    return this.#calls.length <= MAX_CALLS && call.input.length <= MAX_INPUT_CHARACTERS;
  }

  all(): CalledTool[] {
    return this.#calls.map(({ id, name, input }) => ({ id, name, input }));
  }

  #find({ id, index, function: called }: Piece) {
    if (id) return this.#calls.find((call) => call.id === id);
    if (index !== undefined) return this.#calls.findLast((call) => call.index === index);
    return called?.name ? undefined : this.#calls.at(-1);
  }

  #begin({ id, index }: Piece) {
    const call = { id: id || `call_${this.#calls.length + 1}`, name: '', input: '', index };
    this.#calls.push(call);
    return call;
  }
}

/** As the model's own message, for the next request. */
export function toolCallParam({ id, name, input }: CalledTool): ChatCompletionMessageFunctionToolCall {
  return { id, type: 'function', function: { name, arguments: isObject(parse(input)) ? input : '{}' } };
}

/** Calls a tool. Its failure is a result, too: the model tells the person. */
export async function callTool(
  { name, input }: CalledTool,
  tools: readonly Tool[],
  context: ToolContext,
): Promise<ToolCall> {
  // A tool without parameters may be called without an input.
  const parsed = input.trim() === '' ? {} : parse(input);
  if (!isObject(parsed)) return { name, input: {}, error: 'The input is not a JSON object.' };
  const tool = tools.find((each) => each.name === name);
  if (!tool) return { name, input: parsed, error: `There is no tool ${name}.` };
  try {
    return { name, input: parsed, result: await untilAborted(tool.call(parsed, context), context.signal) };
  } catch (error) {
    return {
      name,
      input: parsed,
      error: error instanceof EarshotError ? `${error.message}. ${error.hint}` : messageOf(error),
    };
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
