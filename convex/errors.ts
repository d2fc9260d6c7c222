/**
 * The cloud's error codes. The gateway and the commands read `data.code`; the message is for people.
 */
import { ConvexError } from 'convex/values';

export type RefusalCode =
  /** No token, or one that the deployment does not accept. */
  | 'not_authenticated'
  /** The caller's role may not call this function. */
  | 'not_permitted'
  | 'token_revoked'
  | 'token_expired'
  | 'other_device'
  | 'device_unknown'
  /** It is not connected now. */
  | 'device_away'
  /** It cannot do that, or its owner does not allow it. */
  | 'not_supported'
  | 'muted_by_person'
  | 'code_taken'
  | 'code_unknown'
  | 'code_expired'
  | 'code_used'
  | 'code_withdrawn'
  | 'too_many_attempts'
  | 'turn_invalid'
  | 'turn_unknown'
  | 'turn_ambiguous'
  | 'reply_unknown'
  | 'too_large'
  | 'value_invalid'
  | 'not_approved';

export function refusal(code: RefusalCode, message: string): ConvexError<{ code: RefusalCode; message: string }> {
  return new ConvexError({ code, message });
}
