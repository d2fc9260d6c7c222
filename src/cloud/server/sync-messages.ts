/**
 * What a client says in Convex's sync protocol (convex 1.48). The sender may be anybody on this machine.
 */
import type { JSONValue } from 'convex/values';
import * as v from 'valibot';

const json = v.custom<JSONValue>((value) => value !== undefined);
const args = v.array(v.custom<JSONValue>(() => true));
const version = v.pipe(v.number(), v.integer(), v.minValue(0));
const number = version;
const component = v.optional(v.string());
const call = { requestId: number, udfPath: v.string(), args, componentPath: component };

const clientMessage = v.variant('type', [
  v.object({
    type: v.literal('Connect'),
    sessionId: v.string(),
    /** The newest time of the cloud that the client has seen: eight bytes in Base64. */
    maxObservedTimestamp: v.nullish(v.string()),
    /** The client's clock, ms since 1970. */
    clientTs: v.nullish(v.number()),
  }),
  v.object({
    type: v.literal('ModifyQuerySet'),
    baseVersion: version,
    newVersion: version,
    modifications: v.array(
      v.variant('type', [
        v.object({
          type: v.literal('Add'),
          queryId: number,
          udfPath: v.string(),
          args,
          journal: v.nullish(v.string()),
          componentPath: component,
        }),
        v.object({ type: v.literal('Remove'), queryId: number }),
      ]),
    ),
  }),
  v.variant('tokenType', [
    v.object({ type: v.literal('Authenticate'), baseVersion: version, tokenType: v.literal('None') }),
    v.object({
      type: v.literal('Authenticate'),
      baseVersion: version,
      tokenType: v.literal('User'),
      value: v.string(),
    }),
    v.object({
      type: v.literal('Authenticate'),
      baseVersion: version,
      tokenType: v.literal('Admin'),
      value: v.string(),
      impersonating: v.optional(json),
    }),
  ]),
  v.object({ type: v.literal('Mutation'), ...call }),
  v.object({ type: v.literal('Action'), ...call }),
  /** Figures of the client for its server. */
  v.object({ type: v.literal('Event') }),
]);
export type ClientMessage = v.InferOutput<typeof clientMessage>;
export type MessageOf<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>;

/** Undefined: it is none. */
export function parseClientMessage(text: string): ClientMessage | undefined {
  try {
    const result = v.safeParse(clientMessage, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined; // not JSON
  }
}
