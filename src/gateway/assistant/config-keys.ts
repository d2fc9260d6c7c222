/**
 * Keys of providers: from the environment, from a file that only its owner can read, or from systemd (LoadCredential). They are read once, at
 * the start.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PartName } from '../../../actors/assistant/parts/provider.ts';
import { ACCOUNTS } from '../../../actors/assistant/registry.ts';
import { EarshotError, systemCode } from '../../core/errors.ts';
import { inputError } from '../../core/files/file-errors.ts';
import { isOpenToOthers } from '../../core/files/private-folder.ts';

export interface KeySources {
  environment: NodeJS.ProcessEnv;
  part: PartName;
  provider: string;
  keyFile?: string | undefined;
  keyVariable?: string | undefined;
  /** The address of the provider, and whether it is from the environment. */
  url?: string | undefined;
  isUrlOfEnvironment: boolean;
}

/** A larger file is no key. */
const MAX_KEY_BYTES = 16_384;

/**
 * The first that there is: `EARSHOT_BRAIN_KEY`, the file or variable of the configuration, systemd's credential `brain-key`, the customary variable of
 * the provider (`OPENAI_API_KEY`) or the credential of this name (`openai-api-key`).
 *
 * @throws EarshotError `assistant_config`, `file_not_found`, `file_unreadable`
 */
export function findKey(sources: KeySources): string | undefined {
  const { environment, part, provider, keyFile, keyVariable } = sources;
  const own = environment[`EARSHOT_${part.toUpperCase()}_KEY`];
  if (own) return own.trim();
  if (keyFile !== undefined) return readKey(keyFile);
  if (keyVariable !== undefined) {
    const key = environment[keyVariable];
    if (key) return key.trim();
    throw new EarshotError(
      'assistant_config',
      `The environment has no ${keyVariable}, which the configuration names for the ${part}`,
      `Set ${keyVariable}, or give the key by keyFile.`,
    );
  }
  return credential(environment, `${part}-key`) ?? customaryKey(sources, provider);
}

function customaryKey({ environment, url, isUrlOfEnvironment }: KeySources, provider: string): string | undefined {
  const account = ACCOUNTS[provider];
  if (!account) return undefined;
  const isOwnServer = url === undefined || account.host === undefined || new URL(url).hostname === account.host;
  if (!isOwnServer && !isUrlOfEnvironment) return undefined;
  const key = environment[account.keyVariable];
  return key ? key.trim() : credential(environment, account.keyVariable.toLowerCase().replaceAll('_', '-'));
}

function credential({ CREDENTIALS_DIRECTORY: folder }: NodeJS.ProcessEnv, name: string): string | undefined {
  if (!folder) return undefined;
  try {
    // systemd makes these files: readable for the service only.
    return readFileSync(join(folder, name), 'utf8').trim();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw inputError(join(folder, name), error, 'credential');
  }
}

/** @throws EarshotError `assistant_config`, `file_not_found`, `file_unreadable` */
export function readKey(path: string): string {
  let status: ReturnType<typeof statSync>;
  let text: string;
  try {
    status = statSync(path);
    if (!status.isFile() || status.size > MAX_KEY_BYTES) throw unusable(path, 'it is not a file with a key');
    if (isOpenToOthers(status))
      throw unusable(path, 'other users of this machine can read it', `Run: chmod 600 ${path}`);
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw inputError(path, error, 'file with a key');
  }
  if (text === '' || /\s/.test(text)) throw unusable(path, 'a key is one line, without blanks');
  return text;
}

function unusable(path: string, reason: string, hint = 'Write the key into it, alone on one line.'): EarshotError {
  return new EarshotError('assistant_config', `The key file ${path} is refused: ${reason}`, hint);
}
