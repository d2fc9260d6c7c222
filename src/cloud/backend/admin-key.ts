/**
 * The admin key of an instance. Convex's own program makes it from the instance's secret (`keygen admin-key`), as the official CLI has it
 * do (convex 1.48, src/cli/lib/localDeployment/secrets.ts); Earshot does not imitate its format.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EarshotError } from '../../core/errors.ts';

const PATIENCE_MS = 30_000;

/**
 * The secret is an argument of that program for a moment: it takes it in no other way.
 *
 * @throws EarshotError `backend_failed`
 */
export async function makeAdminKey(program: string, instanceName: string, instanceSecret: string): Promise<string> {
  const args = ['keygen', 'admin-key', '--instance-name', instanceName, '--instance-secret', instanceSecret];
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: PATIENCE_MS });
    const key = stdout.trim();
    if (key.startsWith(`${instanceName}|`)) return key;
  } catch (error) {
    const told = (error as { stderr?: string }).stderr?.trim().split('\n')[0];
    // Not the message of the error: it has the arguments.
    throw failed(told ? told.replaceAll(instanceSecret, '…') : 'it ended with an error');
  }
  throw failed('what it printed is no admin key');
}

function failed(reason: string): EarshotError {
  return new EarshotError(
    'backend_failed',
    `The Convex backend makes no admin key: ${reason}`,
    'A release of before 2026 cannot: install a newer one with earshot cloud install --version.',
  );
}
