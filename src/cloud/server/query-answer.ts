/**
 * What a query answered, as the text of a message: equal answers share it, and it is not stringified again for each client.
 */
import type { Outcome } from '../runtime/runtime.ts';

export interface QueryAnswer {
  ok: boolean;
  /** All of the message (src/cloud/server/transition.ts) but the query's number and the journal. */
  body: string;
  journal: string | null;
}

export function answerOf(outcome: Outcome, journal: string | null): QueryAnswer {
  if (outcome.ok) {
    return { ok: true, body: `"type":"QueryUpdated","value":${outcome.text},"logLines":[]`, journal };
  }
  const { message, data } = outcome;
  const errorData = data === undefined ? '' : `,"errorData":${JSON.stringify(data)}`;
  const errorMessage = JSON.stringify(message);
  return { ok: false, body: `"type":"QueryFailed","errorMessage":${errorMessage}${errorData},"logLines":[]`, journal };
}
