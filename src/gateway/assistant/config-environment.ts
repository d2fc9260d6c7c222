/**
 * The variables of each part: `EARSHOT_BRAIN_URL`, `EARSHOT_TRANSCRIBER_MODEL`, `EARSHOT_SYNTHESIZER_VOICE`, …
 */
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { PartName } from '../../../actors/assistant/parts/provider.ts';
import { nearestName } from '../../core/nearest-name.ts';
import { configError } from './config-file.ts';
import { language, timeoutMs, url } from './config-schema.ts';
import { PART_NAMES } from './config-spec.ts';

/** What the environment says of one part. Its key is read by config-keys.ts. */
export interface PartEnvironment {
  url?: string;
  model?: string;
  voice?: string;
  language?: string;
  /** An absolute path. */
  keyFile?: string;
  timeoutMs?: number;
}

const SETTINGS = ['URL', 'MODEL', 'VOICE', 'LANGUAGE', 'KEY', 'KEY_FILE', 'TIMEOUT_MS'];

/** An empty variable is as good as none. @throws EarshotError `assistant_config` */
export function environmentOf(environment: NodeJS.ProcessEnv, folder: string): Record<PartName, PartEnvironment> {
  return Object.fromEntries(PART_NAMES.map((part) => [part, partOf(part, environment, folder)])) as Record<
    PartName,
    PartEnvironment
  >;
}

function partOf(part: PartName, environment: NodeJS.ProcessEnv, folder: string): PartEnvironment {
  const prefix = `EARSHOT_${part.toUpperCase()}_`;
  const allowed = SETTINGS.map((setting) => prefix + setting);
  const unknown = Object.keys(environment).find((name) => name.startsWith(prefix) && !allowed.includes(name));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, allowed);
    const meant = nearest === undefined ? '' : `did you mean ${nearest}? `;
    throw configError(`There is no variable ${unknown}: ${meant}allowed are ${allowed.join(', ')}`);
  }

  function value<Schema extends v.GenericSchema>(setting: string, schema: Schema): v.InferOutput<Schema> | undefined {
    const written = environment[prefix + setting];
    if (!written) return undefined;
    const { success, output, issues } = v.safeParse(schema, written);
    if (success) return output;
    throw configError(`${prefix}${setting}: ${issues[0].message}`);
  }

  const settings = {
    url: value('URL', url),
    model: value('MODEL', v.string()),
    voice: value('VOICE', v.string()),
    language: value('LANGUAGE', language),
    keyFile: value(
      'KEY_FILE',
      v.pipe(
        v.string(),
        v.transform((path) => resolve(folder, path)),
      ),
    ),
    timeoutMs: value('TIMEOUT_MS', v.pipe(v.string(), v.transform(Number), timeoutMs)),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, found]) => found !== undefined));
}
