/**
 * The configuration file: JSON with comments, `$XDG_CONFIG_HOME/earshot/config.jsonc` (or config.json) unless another one is named. Its
 * section `assistant` belongs to the gateway (src/gateway/assistant/config.ts), `commands` to the command line (src/cli/config/).
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { readInput } from './input-file.ts';
import { JsoncError, type JsonPath, parseJsonc } from './jsonc.ts';
import { homeOf } from './paths.ts';

const NAMES = ['config.jsonc', 'config.json'];
const MAX_BYTES = 1_048_576;

export interface ConfigDocument {
  path: string;
  value: unknown;
  /** “FILE, line 3, assistant.brain: ”, for an error about the value at this path. */
  place(path: JsonPath): string;
}

/**
 * Undefined: no file is named, and there is none.
 *
 * @param named `--config`
 * @throws EarshotError `file_not_found`, `file_unreadable`, and what `wrong` makes of a message
 */
export async function readConfigFile(
  named: string | undefined,
  environment: NodeJS.ProcessEnv,
  wrong: (message: string) => Error,
): Promise<ConfigDocument | undefined> {
  const path = named ?? (environment.EARSHOT_CONFIG || defaultFile(environment, wrong));
  if (path === undefined) return undefined;
  const text = Buffer.from(await readInput(path, { maxBytes: MAX_BYTES, kind: 'configuration file' })).toString('utf8');
  try {
    const { value, lineOf } = parseJsonc(text);
    const place = (at: JsonPath) => `${path}, line ${lineOf(at)}${at.length > 0 ? `, ${at.join('.')}` : ''}: `;
    return { path, value, place };
  } catch (error) {
    if (error instanceof JsoncError) throw wrong(`${path}, line ${error.line}: ${error.message}`);
    throw error;
  }
}

function defaultFile(environment: NodeJS.ProcessEnv, wrong: (message: string) => Error): string | undefined {
  const folder = configFolder(environment);
  const [first, second] = folder === undefined ? [] : NAMES.map((name) => join(folder, name)).filter(existsSync);
  if (first !== undefined && second !== undefined) throw wrong(`There are two files: ${first} and ${second}`);
  return first;
}

/** XDG Base Directory Specification; it says to ignore relative paths. */
function configFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const { XDG_CONFIG_HOME: base = '' } = environment;
  if (isAbsolute(base)) return join(base, 'earshot');
  const home = homeOf(environment);
  return home !== undefined && isAbsolute(home) ? join(home, '.config', 'earshot') : undefined;
}
