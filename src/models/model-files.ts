/**
 * The models that are there. A model's folder has its name only when it is complete: `FOLDER/NAME/VERSION/`.
 */
import { createHash } from 'node:crypto';
import { createReadStream, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EarshotError, systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { MODELS, type ModelName } from './manifest.ts';
import type { Model } from './model.ts';

export const CHECK_FOLDER = 'Check --models or EARSHOT_MODELS.';

/** The paths of a model's files, by their keys in the manifest. */
export type ModelFiles<Name extends ModelName> = Record<keyof (typeof MODELS)[Name]['files'], string>;

/**
 * Only names and sizes are checked; `checkModel` reads the files.
 *
 * @throws EarshotError `models_missing`
 */
export async function modelFiles<Name extends ModelName>(name: Name, folder: string): Promise<ModelFiles<Name>> {
  const model: Model = MODELS[name];
  const paths: Record<string, string> = {};
  for (const [key, file] of Object.entries(model.files)) {
    const path = join(modelFolder(folder, name, model), file.name);
    if (statSync(path, { throwIfNoEntry: false })?.size !== file.bytes) {
      const acceptance = model.needsAcceptance ? ' --accept-licence' : '';
      const hint = `Fetch it with: earshot models fetch ${name}${acceptance} --models ${folder}`;
      throw new EarshotError('models_missing', `The model ${name} is not in ${folder}`, hint);
    }
    paths[key] = path;
  }
  return paths as ModelFiles<Name>;
}

export type ModelState = 'present' | 'missing' | 'damaged';

/** Compares all files with their SHA-256. @throws EarshotError `store_failed` */
export async function checkModel(name: string, model: Model, folder: string): Promise<ModelState> {
  const home = modelFolder(folder, name, model);
  let found = 0;
  let isDamaged = false;
  for (const file of Object.values(model.files)) {
    const sha256 = await sha256Of(join(home, file.name));
    if (sha256 !== undefined) found += 1;
    if (sha256 !== file.sha256) isDamaged = true;
  }
  if (found === 0) return 'missing';
  return isDamaged ? 'damaged' : 'present';
}

/** All its versions. Whether there was any. @throws EarshotError `store_failed` */
export function removeModel(name: string, folder: string): boolean {
  const path = join(folder, name);
  try {
    if (!statSync(path, { throwIfNoEntry: false })) return false;
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (cause) {
    throw diskError(path, cause, CHECK_FOLDER);
  }
}

export function modelFolder(folder: string, name: string, { version }: Model): string {
  return join(folder, name, version);
}

/** Undefined: there is no such file. */
async function sha256Of(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR') return undefined;
    throw diskError(path, cause, CHECK_FOLDER);
  }
  return hash.digest('hex');
}
