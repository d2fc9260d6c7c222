/**
 * The errors of a Convex deployment as ours.
 */
import { ConvexError, type Value } from 'convex/values';
import { EarshotError, messageOf } from '../../src/core/errors.ts';
import { FUNCTIONS_VERSION } from '../../src/protocol/functions-version.ts';
import { CloudRefusal } from './cloud.ts';

/** Of functions that do not tell one. */
const FIRST_VERSION = 1;
const OUTDATED_HINT =
  'Deploy the functions of this version of Earshot: npx convex deploy (docs/gateway.md#updating-gateways). What is not taken until then is kept.';

/** The cloud's errors as ours. What it refuses by name is a refusal; the rest may pass. */
export async function mapCloudErrors<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw cloudErrorOf(cause);
  }
}

function cloudErrorOf(cause: unknown): EarshotError {
  if (cause instanceof EarshotError) return cause;
  if (cause instanceof ConvexError) return refusalOf(cause);
  const message = messageOf(cause);
  if (/ArgumentValidationError|does not match validator|is too large|Validator error/i.test(message)) {
    return new CloudRefusal('invalid', firstLine(message), { cause });
  }
  const [, missing] = /Could not find public function for '([^']+)'/.exec(message) ?? [];
  if (missing !== undefined) {
    return new EarshotError('cloud_outdated', `The cloud has no function ${missing}`, OUTDATED_HINT, { cause });
  }
  return unavailable(cause);
}

/** Why a subscription is refused: the cloud has answered. */
export function subscriptionError(error: Error): EarshotError {
  const known = cloudErrorOf(error);
  if (known.code !== 'cloud_unavailable') return known;
  return new EarshotError('cloud_refused', firstLine(error.message), 'See docs/cloud.md.', { cause: error });
}

/** Whether its functions lack something that this program calls. @param version null: they are from before versions */
export function isOutdated(version: number | null): boolean {
  return (version ?? FIRST_VERSION) < FUNCTIONS_VERSION;
}

export function outdatedCloud(version: number | null, cause?: unknown): EarshotError {
  const message = `The functions of the cloud have version ${version ?? FIRST_VERSION}, this gateway needs ${FUNCTIONS_VERSION}`;
  return new EarshotError('cloud_outdated', message, OUTDATED_HINT, { cause });
}

function refusalOf(error: ConvexError<Value>): CloudRefusal {
  const { code, message } = error.data as { code: CloudRefusal['refusal']; message: string };
  return new CloudRefusal(code, message, { cause: error });
}

export function unavailable(cause: unknown): EarshotError {
  return new EarshotError(
    'cloud_unavailable',
    `The cloud did not answer: ${firstLine(messageOf(cause))}`,
    'It is tried again.',
    {
      cause,
    },
  );
}

export function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 500);
}
