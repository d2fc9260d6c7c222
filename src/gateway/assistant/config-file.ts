/** The assistant's section of the configuration file (src/core/files/config-file.ts), checked. */
import * as v from 'valibot';
import { EarshotError } from '../../core/errors.ts';
import { readConfigFile } from '../../core/files/config-file.ts';
import type { JsonPath } from '../../core/files/jsonc.ts';
import { type ConfigFile, configSchema } from './config-schema.ts';

export interface ReadConfig {
  /** Undefined: there is no file. */
  path?: string;
  content: ConfigFile;
  /** An error about the value at this path of the file. */
  wrong(path: JsonPath, message: string): EarshotError;
}

/** @throws EarshotError `assistant_config`, `file_not_found`, `file_unreadable` */
export async function readConfig(named: string | undefined, environment: NodeJS.ProcessEnv): Promise<ReadConfig> {
  const file = await readConfigFile(named, environment, configError);
  if (file === undefined) return { content: {}, wrong: (_, message) => configError(message) };
  const wrong = (at: JsonPath, message: string) => configError(`${file.place(at)}${message}`);
  const { success, output, issues } = v.safeParse(configSchema, file.value);
  if (success) return { path: file.path, content: output, wrong };
  const [{ path: steps = [], message }] = issues;
  throw wrong(
    steps.map(({ key }) => key as string | number),
    message,
  );
}

export function configError(message: string): EarshotError {
  return new EarshotError('assistant_config', message, 'docs/assistant.md has an example of each setting.');
}
