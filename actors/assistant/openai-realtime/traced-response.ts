/**
 * A response of the model as a span, by OpenTelemetry's names for generative AI. The protocol has no place for the context of the trace.
 */
import type { RealtimeResponse } from 'openai/resources/realtime/realtime';
import { failureCode, traceCall } from '../requests/traced-call.ts';

export interface TracedResponse {
  /** @param usage as the server counted */
  done(usage?: RealtimeResponse['usage']): void;
  fail(error: unknown): void;
}

/** Undefined: the turn is not traced. */
export function traceResponse({ protocol, hostname, port, searchParams }: URL): TracedResponse | undefined {
  const model = searchParams.get('model') ?? '';
  const call = traceCall(`generate_content ${model}`, {
    'gen_ai.operation.name': 'generate_content',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'wss:' ? 443 : 80),
  });
  return (
    call && {
      done(usage) {
        if (usage?.input_tokens !== undefined) call.add({ 'gen_ai.usage.input_tokens': usage.input_tokens });
        if (usage?.output_tokens !== undefined) call.add({ 'gen_ai.usage.output_tokens': usage.output_tokens });
        call.end();
      },
      fail: (error) => call.end(failureCode(error)),
    }
  );
}
