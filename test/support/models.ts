/**
 * The models for tests, in the folder that the product itself uses (EARSHOT_MODELS, or the user's data folder): all test processes
 * and all checkouts share it. The first one that needs a model fetches it; the others wait for it.
 */
import { describeError, errorInfo } from '../../src/core/errors.ts';
import { defaultModelsFolder } from '../../src/core/files/paths.ts';
import { fetchModels } from '../../src/models/fetch-models.ts';
import type { ModelName } from '../../src/models/manifest.ts';
import { type ModelFiles, modelFiles } from '../../src/models/model-files.ts';

/** Determined at once: a test may change the environment. */
export const testModelsFolder = defaultModelsFolder();

export async function testModel<Name extends ModelName>(name: Name): Promise<ModelFiles<Name>> {
  try {
    return await modelFiles(name, testModelsFolder);
  } catch {
    await fetchForTests(name);
    return await modelFiles(name, testModelsFolder);
  }
}

async function fetchForTests(name: ModelName): Promise<void> {
  try {
    await fetchModels([name], { folder: testModelsFolder });
  } catch (cause) {
    const reason = describeError(errorInfo(cause));
    const what = `This test needs the model ${name} in ${testModelsFolder}; EARSHOT_MODELS is another folder`;
    throw new Error(`${what}. ${reason}`, { cause });
  }
}
