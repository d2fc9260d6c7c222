/**
 * What a client says in Convex's sync protocol, as far as it is looked at. The sender may be anybody on this machine.
 */
import type { JSONValue } from 'convex/values';
import * as v from 'valibot';

const args = v.array(v.custom<JSONValue>(() => true));
const call = { requestId: v.number(), udfPath: v.string(), args };

const clientMessage = v.variant('type', [
  v.object({ type: v.literal('Connect'), sessionId: v.string() }),
  v.object({
    type: v.literal('ModifyQuerySet'),
    newVersion: v.number(),
    modifications: v.array(
      v.variant('type', [
        v.object({ type: v.literal('Add'), queryId: v.number(), udfPath: v.string(), args }),
        v.object({ type: v.literal('Remove'), queryId: v.number() }),
      ]),
    ),
  }),
  v.object({ type: v.literal('Authenticate'), baseVersion: v.number() }),
  v.object({ type: v.literal('Mutation'), ...call }),
  v.object({ type: v.literal('Action'), ...call }),
  /** Figures of the client for its server. */
  v.object({ type: v.literal('Event') }),
]);
export type ClientMessage = v.InferOutput<typeof clientMessage>;

/** Undefined: it is none. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  try {
    const result = v.safeParse(clientMessage, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined; // not JSON
  }
}
