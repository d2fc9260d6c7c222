/** What a session is told before a turn: its settings, and what was said before it was opened. */
import type { RealtimeClientEvent, RealtimeFunctionTool } from 'openai/resources/realtime/realtime';
import { instructionsFor } from '../openai/chat-messages.ts';
import type { BrainRequest } from '../parts/brain.ts';
import type { DialogueMessage } from '../parts/memory.ts';

/** Of the API, both ways. */
export const REALTIME_RATE_HZ = 24_000;
const PCM_FORMAT = { type: 'audio/pcm', rate: REALTIME_RATE_HZ } as const;
/** Writes down what the person says. The model itself hears the audio. */
const TRANSCRIPTION_MODEL = 'gpt-4o-mini-transcribe';

/** @param voice can only be set before the model has spoken */
export function sessionUpdate(
  request: Omit<BrainRequest, 'text'>,
  voice: string | undefined,
): Extract<RealtimeClientEvent, { type: 'session.update' }> {
  const language = request.device.language.split('-', 1)[0];
  return {
    type: 'session.update',
    session: {
      type: 'realtime',
      instructions: instructionsFor(request),
      output_modalities: ['audio'],
      tools: request.tools.map(
        ({ name, description, parameters }): RealtimeFunctionTool => ({
          type: 'function',
          name,
          description,
          parameters,
        }),
      ),
      audio: {
        input: {
          format: PCM_FORMAT,
          // The device says when a turn begins and ends.
          turn_detection: null,
          transcription: { model: TRANSCRIPTION_MODEL, ...(language && { language }) },
        },
        output: { format: PCM_FORMAT, ...(voice !== undefined && { voice }) },
      },
    },
  };
}

export function itemsFor(history: readonly DialogueMessage[]): RealtimeClientEvent[] {
  const said = history.filter(({ text }) => text !== '');
  return said.map(({ role, text }) => ({
    type: 'conversation.item.create',
    item:
      role === 'person'
        ? { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
        : { type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] },
  }));
}
