/** What a language model is told: who it is, what was said before, what was said now. */
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import type { BrainRequest, PastConversation } from '../parts/brain.ts';
import type { Tool } from '../parts/tool.ts';

const DEFAULT_PERSONA = 'You are a friendly and helpful voice assistant.';

/** How to answer: the answer is spoken, and what is asked was recognised. */
const SPOKEN =
  'Your answers are spoken aloud. Answer in one to three short sentences, in plain text without lists, Markdown, ' +
  'emojis or URLs. What the person says was recognised from speech and may have errors: answer what was probably meant.';

/** The instructions, for the system prompt. What changes from turn to turn is last, for the caches of providers. */
export function instructionsFor({
  device,
  summary,
  nowMs,
}: Pick<BrainRequest, 'device' | 'summary' | 'nowMs'>): string {
  const { persona = DEFAULT_PERSONA, language, units, timeZone } = device;
  const now = new Date(nowMs).toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short', timeZone });
  return [
    persona,
    SPOKEN,
    `Answer in ${nameOf(language)}. Use ${units} units.`,
    ...(summary ? [`Earlier in this conversation: ${summary}`] : []),
    `It is ${now} (${timeZone}).`,
  ].join('\n');
}

export function messagesFor(request: BrainRequest): ChatCompletionMessageParam[] {
  const said = request.history.filter(({ text }) => text !== '');
  return [
    { role: 'system', content: instructionsFor(request) },
    ...said.map(({ role, text }): ChatCompletionMessageParam => {
      return role === 'person' ? { role: 'user', content: text } : { role: 'assistant', content: text };
    }),
    { role: 'user', content: request.text },
  ];
}

const SUMMARIZE =
  'You keep notes for a voice assistant. Sum up the conversation in at most five short sentences: what the person told about themselves, ' +
  'what they wanted, what was agreed. Leave out greetings and what was only asked in passing. Write only the notes.';

export function messagesForSummary({ messages, summary }: PastConversation): ChatCompletionMessageParam[] {
  const lines = messages.map(({ role, text }) => `${role === 'person' ? 'Person' : 'Assistant'}: ${text}`);
  const before = summary === undefined ? [] : [`Notes so far: ${summary}`];
  return [
    { role: 'system', content: SUMMARIZE },
    { role: 'user', content: [...before, ...lines].join('\n') },
  ];
}

export function chatTools(tools: readonly Tool[]): ChatCompletionTool[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, description, parameters },
  }));
}

function nameOf(language: string): string {
  return new Intl.DisplayNames('en', { type: 'language', fallback: 'code' }).of(language) ?? language;
}
