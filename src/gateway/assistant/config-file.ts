/**
 * The configuration file: JSON with comments, `$XDG_CONFIG_HOME/earshot/config.jsonc` (or config.json) unless another one is named.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { EarshotError } from '../../core/errors.ts';
import { readInput } from '../../core/files/input-file.ts';
import { JsoncError, type JsonPath, parseJsonc } from '../../core/files/jsonc.ts';
import { type ConfigFile, configSchema } from './config-schema.ts';

const NAMES = ['config.jsonc', 'config.json'];
const MAX_BYTES = 1_048_576;

export interface ReadConfig {
  /** Undefined: there is no file. */
  path?: string;
  content: ConfigFile;
  /** An error about the value at this path of the file. */
  wrong(path: JsonPath, message: string): EarshotError;
}

/** @throws EarshotError `assistant_config`, `file_not_found`, `file_unreadable` */
export async function readConfig(named: string | undefined, environment: NodeJS.ProcessEnv): Promise<ReadConfig> {
  const path = named ?? defaultFile(environment);
  if (path === undefined) return { content: {}, wrong: (_, message) => configError(message) };
  const text = Buffer.from(await readInput(path, { maxBytes: MAX_BYTES, kind: 'configuration file' })).toString('utf8');
  const { value, lineOf } = parse(path, text);
  const wrong = (at: JsonPath, message: string) =>
    configError(`${path}, line ${lineOf(at)}${at.length > 0 ? `, ${at.join('.')}` : ''}: ${message}`);
  const { success, output, issues } = v.safeParse(configSchema, value);
  if (success) return { path, content: output, wrong };
  const [{ path: steps = [], message }] = issues;
  throw wrong(
    steps.map(({ key }) => key as string | number),
    message,
  );
}

function parse(path: string, text: string): ReturnType<typeof parseJsonc> {
  try {
    return parseJsonc(text);
  } catch (error) {
    if (error instanceof JsoncError) throw configError(`${path}, line ${error.line}: ${error.message}`);
    throw error;
  }
}

export function configError(message: string): EarshotError {
  return new EarshotError('assistant_config', message, 'docs/assistant.md has an example of each setting.');
}

function defaultFile(environment: NodeJS.ProcessEnv): string | undefined {
  const folder = configFolder(environment);
  const [first, second] = folder === undefined ? [] : NAMES.map((name) => join(folder, name)).filter(existsSync);
  if (first !== undefined && second !== undefined) throw configError(`There are two files: ${first} and ${second}`);
  return first;
}

/** XDG Base Directory Specification; it says to ignore relative paths. */
function configFolder({ XDG_CONFIG_HOME: base = '', HOME: home }: NodeJS.ProcessEnv): string | undefined {
  if (isAbsolute(base)) return join(base, 'earshot');
  const ofUser = home ?? homeOfUser();
  return ofUser !== undefined && isAbsolute(ofUser) ? join(ofUser, '.config', 'earshot') : undefined;
}

/** Undefined for an unknown user id, as in a container. */
function homeOfUser(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
