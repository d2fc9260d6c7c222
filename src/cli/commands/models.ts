import { type Command, Option } from 'commander';
import { EarshotError } from '../../core/errors.ts';
import { defaultModelsFolder } from '../../core/files/paths.ts';
import { type FetchProgress, fetchModels } from '../../models/fetch-models.ts';
import { downloadSizeOf, MODELS, type ModelName, sizeOf } from '../../models/manifest.ts';
import type { Model } from '../../models/model.ts';
import { checkModel, modelFolder, removeModel } from '../../models/model-files.ts';
import { formatBytes } from '../terminal/bytes.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { printJson, printLine, printMessage, textColumns } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { linesWithin } from '../terminal/wrap.ts';

interface ModelsOptions {
  models?: string;
  acceptLicence?: boolean;
  json?: boolean;
}

const HELP = `
Models are fetched from the npm registry that npm is configured to use, and
compared with hashes that are part of Earshot. A download that breaks off goes
on where it stopped. All gateways and devices of a user share one folder.

The models of wake words are not free for every use. They are fetched only by
their names, with --accept-licence.`;

const define: DefineCommand = (command) => {
  const subcommand = (usage: string, summary: string, isDefault = false) =>
    command
      .command(usage, { isDefault })
      .description(summary)
      .copyInheritedSettings(command)
      .addOption(modelsOption())
      .option('--json', 'print JSON');

  subcommand('list', 'the models, whether they are there, and their licences', true).action(list);
  names(subcommand('fetch', 'fetch models (default: all that are free for every use)'))
    .option('--accept-licence', 'accept the licences of models that are not free for every use')
    .action(fetch);
  names(
    subcommand(
      'verify',
      'compare the files of models with their hashes (default: of all that are there or free for every use)',
    ),
  ).action(verify);
  subcommand('remove', 'delete models')
    .argument('<names...>', 'names of models')
    .action(async (given: string[], options: ModelsOptions) => {
      const removed = known(given).filter((name) => removeModel(name, folderOf(options)));
      if (options.json) return printJson({ removed });
      for (const name of given) {
        const isRemoved = removed.some((each) => each === name);
        printLine(isRemoved ? `${name} is removed` : `${name} is not there`);
      }
    });
  command.addHelpText('after', HELP);
};

export default define;

function modelsOption(): Option {
  return new Option('--models <folder>', 'folder of the models')
    .default(undefined, 'the data folder of the user')
    .env('EARSHOT_MODELS');
}

function folderOf({ models }: ModelsOptions): string {
  return defaultModelsFolder({ ...process.env, ...(models !== undefined && { EARSHOT_MODELS: models }) });
}

function names(command: Command): Command {
  return command.argument('[names...]', `names of models: ${Object.keys(MODELS).join(', ')}`);
}

/** @throws EarshotError `usage` */
function known(given: readonly string[]): ModelName[] {
  const all = Object.keys(MODELS) as ModelName[];
  for (const name of given) {
    if (all.some((each) => each === name)) continue;
    throw new EarshotError('usage', `There is no model ${name}`, `There are: ${all.join(', ')}.`);
  }
  return given.length > 0 ? (given as ModelName[]) : all;
}

function isFree(name: ModelName): boolean {
  const model: Model = MODELS[name];
  return !model.needsAcceptance;
}

async function list(options: ModelsOptions): Promise<void> {
  const folder = folderOf(options);
  const rows = [];
  for (const name of known([])) {
    const model: Model = MODELS[name];
    const { version, purpose, licence, terms, needsAcceptance = false } = model;
    const state = await checkModel(name, model, folder);
    const files = Object.values(model.files).map((file) => file.name);
    const bytes = sizeOf(model);
    const downloadBytes = downloadSizeOf(model);
    rows.push({ name, version, state, purpose, bytes, downloadBytes, licence, terms, needsAcceptance, files });
  }
  if (options.json) return printJson({ folder, models: rows });
  printLine(folder);
  for (const row of rows) {
    const size = `${formatBytes(row.bytes)} (download ${formatBytes(row.downloadBytes)})`;
    const text = `${row.name} ${row.version}: ${row.state}; ${row.purpose}; ${size}\n  licence: ${row.licence}. ${row.terms}`;
    for (const line of linesWithin(text, textColumns())) printLine(line);
  }
}

async function fetch(given: string[], options: ModelsOptions): Promise<void> {
  const folder = folderOf(options);
  const wanted = known(given).filter((name) => given.length > 0 || isFree(name));
  acceptLicences(
    wanted.filter((name) => !isFree(name)),
    options,
  );
  const progress = createProgress();
  const onProgress = ({ model, step, bytes, totalBytes }: FetchProgress) => {
    const share = step === 'downloading' ? bytes / totalBytes : undefined;
    progress.update(`${model}: ${STEPS[step]}`, share);
  };
  const outcomes = await fetchModels(wanted, { folder, onProgress }).finally(progress.end);
  const fetched = wanted.map((name, index) => ({
    name,
    outcome: outcomes[index],
    folder: modelFolder(folder, name, MODELS[name]),
  }));
  if (options.json) return printJson(fetched);
  for (const each of fetched) {
    printLine(`${each.name} is ${each.outcome === 'present' ? 'there already' : 'fetched'}: ${each.folder}`);
  }
}

/** @throws EarshotError `licence_not_accepted` */
function acceptLicences(names: readonly ModelName[], { acceptLicence }: ModelsOptions): void {
  for (const name of names) {
    const { licence, terms }: Model = MODELS[name];
    printMessage(`${name} is licensed under ${licence}. ${terms}`);
  }
  if (names.length === 0 || acceptLicence) return;
  const named = names.join(' ');
  throw new EarshotError(
    'licence_not_accepted',
    `The licence of ${named} is not accepted: nothing was fetched`,
    `If you accept it: earshot models fetch ${named} --accept-licence`,
  );
}

const STEPS: Record<FetchProgress['step'], string> = {
  waiting: 'another process is fetching it',
  downloading: 'downloading',
  unpacking: 'unpacking',
};

async function verify(given: string[], options: ModelsOptions): Promise<void> {
  const folder = folderOf(options);
  const states = [];
  for (const name of known(given)) {
    const state = await checkModel(name, MODELS[name], folder);
    if (given.length > 0 || isFree(name) || state !== 'missing') states.push({ name, state });
  }
  if (options.json) printJson(states);
  else for (const { name, state } of states) printLine(`${name}: ${STATES[state]}`);
  const bad = states.filter(({ state }) => state !== 'present');
  if (bad.length === 0) return;
  const isDamaged = bad.some(({ state }) => state === 'damaged');
  const named = bad.map(({ name }) => name).join(' ');
  throw new EarshotError(
    isDamaged ? 'models_damaged' : 'models_missing',
    `Not all models are there as they should be: ${named}`,
    `Fetch with: earshot models fetch ${named}`,
  );
}

const STATES = { present: 'as it should be', missing: 'not there', damaged: 'damaged' } as const;
