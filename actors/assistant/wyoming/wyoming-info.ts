/** What a Wyoming server can do: the answer to `describe`. */
import * as v from 'valibot';
import { badAnswer } from '../parts/errors.ts';
import { failureCode } from '../requests/traced-call.ts';
import { traceWyoming } from './traced-wyoming.ts';
import { connectWyoming, endedEarly, type WyomingConnection, type WyomingServer } from './wyoming-connection.ts';

const named = { name: v.string(), languages: v.optional(v.nullable(v.array(v.string()))) };
const program = (models: 'models' | 'voices') =>
  v.array(
    v.object({
      name: v.string(),
      [models]: v.optional(v.array(v.object(named)), []),
      supports_transcript_streaming: v.optional(v.nullable(v.boolean())),
      supports_synthesize_streaming: v.optional(v.nullable(v.boolean())),
    }),
  );
const info = v.object({ asr: v.optional(program('models'), []), tts: v.optional(program('voices'), []) });

export interface WyomingInfo {
  /** Names of models; undefined: it does not recognise. */
  models?: string[];
  /** Names of voices; undefined: it does not speak. */
  voices?: string[];
  /** It takes the text of a sentence in pieces, and says when all of it is spoken. */
  canStreamSpeech: boolean;
}

export async function describeWyoming(server: WyomingServer, signal: AbortSignal): Promise<WyomingInfo> {
  const call = traceWyoming(server, 'describe');
  const connection = connectWyoming(server, signal);
  try {
    connection.send({ type: 'describe' });
    const found = await infoFrom(connection, server.provider);
    call?.end();
    return found;
  } catch (error) {
    call?.end(failureCode(error, signal));
    throw error;
  } finally {
    connection.close();
  }
}

async function infoFrom({ events }: WyomingConnection, provider: string): Promise<WyomingInfo> {
  for await (const { type, data } of events) {
    if (type !== 'info') continue;
    const { success, output } = v.safeParse(info, data);
    if (!success) throw badAnswer(provider, 'its description is not that of a Wyoming server');
    return infoOf(output);
  }
  throw endedEarly(provider);
}

function infoOf({ asr, tts }: v.InferOutput<typeof info>): WyomingInfo {
  const namesOf = (list: unknown) => (list as { name: string }[]).map(({ name }) => name);
  return {
    ...(asr.length > 0 && { models: asr.flatMap((each) => namesOf(each.models)) }),
    ...(tts.length > 0 && { voices: tts.flatMap((each) => namesOf(each.voices)) }),
    canStreamSpeech: tts.some((each) => each.supports_synthesize_streaming === true),
  };
}
