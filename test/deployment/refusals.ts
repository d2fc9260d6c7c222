/** Why a deployment does not answer the first question, and what its owner does then. */
import { EarshotError, errorInfo } from '../../src/core/errors.ts';

interface Cause {
  /** Of the backend's own message, which has no codes for them. */
  pattern: RegExp;
  message: string;
  hint: string;
}

const VARIABLE = 'npx convex env set EARSHOT_JWKS "$(bin/earshot cloud jwks)"';

const CAUSES: readonly Cause[] = [
  {
    pattern: /fetch failed|Failed to fetch/,
    message: 'cannot be reached',
    hint: 'Is the address right, and does the backend run? Its port for clients is 3210, not 3211.',
  },
  {
    pattern: /not_for_pages/,
    message: 'is a gateway',
    hint: 'Give the address of its cloud: CONVEX_URL of the gateway.',
  },
  {
    pattern: /Could not find public function|No such function/i,
    message: 'does not have the functions of Earshot',
    hint: `Deploy them: ${VARIABLE}, then npx convex deploy`,
  },
  {
    pattern: /InvalidAuthHeader|NoAuthProvider|not_authenticated|no valid token/,
    message: 'does not accept the key',
    hint: `Its EARSHOT_JWKS is of another key, or was set after the functions were deployed: ${VARIABLE}, then npx convex deploy`,
  },
];

export function explained(error: unknown, url: string): EarshotError {
  if (error instanceof EarshotError) return error;
  const { message } = errorInfo(error);
  const [firstLine = ''] = message.split('\n');
  const known = CAUSES.find(({ pattern }) => pattern.test(message));
  return new EarshotError(
    'cloud_unavailable',
    `${url} ${known?.message ?? 'refuses the first question'}: ${firstLine.slice(0, 300)}`,
    known?.hint ?? 'The log of the deployment says why.',
    { cause: error },
  );
}
