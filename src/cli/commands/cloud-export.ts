import { createWriteStream, existsSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DATABASE_FILE } from '../../cloud/database/open-database.ts';
import { exportSnapshot, type SnapshotSummary } from '../../cloud/database/snapshot/export-snapshot.ts';
import { readStatistics } from '../../cloud/database/statistics.ts';
import { EarshotError } from '../../core/errors.ts';
import { publishFile } from '../../core/files/atomic-write.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { descriptorNamed, outputName } from '../../core/files/descriptors.ts';
import { outputError } from '../../core/files/file-errors.ts';
import { embeddedCloudFolder } from '../../core/files/paths.ts';
import { PRIVATE_FILE } from '../../core/files/private-files.ts';
import { refuseDeployment } from '../../gateway/exclusive-cloud.ts';
import { formatBytes } from '../terminal/bytes.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { confirm } from '../terminal/confirm.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { linePrinter, printJson } from '../terminal/output.ts';
import { createProgress, type Progress } from '../terminal/progress.ts';
import { describeSnapshot } from './cloud-snapshot-summary.ts';

interface ExportCommandOptions extends StateOption {
  yes?: boolean;
  json?: boolean;
}

const HELP = `
The file has all tables and files of the embedded cloud as they are at one
moment, in Convex's own format: npx convex import takes it, too. The gateway may
run or not. The file has its name only when it is complete, and only its user
can read it.`;

export const defineExport: DefineCommand = (command) => {
  command
    .argument('<file.zip>', 'the file to write; - for standard output')
    .option('--yes', 'replace a file of this name without asking')
    .option('--json', 'print JSON: file, tables, documents, files, bytes (of the files), setAside (left out)');
  addStateOption(command).addHelpText('after', HELP).action(run);
};

async function run(file: string, options: ExportCommandOptions): Promise<void> {
  checkFiles({ inputs: [], outputs: [file], printsJson: options.json === true });
  refuseDeployment();
  const folder = embeddedCloudFolder(stateOf(options));
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new EarshotError(
      'cloud_not_found',
      `There is no embedded cloud in ${folder}`,
      'Give the --state of the gateway.',
    );
  }
  const isStream = descriptorNamed(file, 'output') !== undefined;
  if (!isStream && existsSync(file) && !options.yes) await confirm(`${file} exists, and would be replaced`);
  const progress = createProgress();
  const summary = await write(folder, file, progress).finally(progress.end);
  if (options.json) return printJson({ file, ...summary });
  const print = linePrinter(file);
  const size = isStream ? '' : `, ${formatBytes(statSync(file).size)}`;
  print(`${outputName(file)}: ${describeSnapshot(summary)}${size}`);
}

/** A file that is not complete has another name, and does not stay. @throws EarshotError `file_unwritable`, `store_failed` */
async function write(folder: string, file: string, progress: Progress): Promise<SnapshotSummary> {
  const statistics = await readStatistics(folder);
  const rows = Object.values(statistics?.rows ?? {}).reduce((sum, count) => sum + count, 0);
  const total = rows + (statistics?.files.count ?? 0);
  const onProgress = ({ documents, files }: Readonly<SnapshotSummary>) =>
    progress.update('exporting', total === 0 ? undefined : Math.min((documents + files) / total, 1));
  const fd = descriptorNamed(file, 'output');
  if (fd !== undefined) {
    return await exportTo(file, () =>
      exportSnapshot({ folder, output: createWriteStream('', { fd, autoClose: false }), onProgress }),
    );
  }
  const path = resolve(file);
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  return await exportTo(file, async () => {
    const handle = await open(part, 'wx', PRIVATE_FILE.mode);
    try {
      const output = createWriteStream('', { fd: handle.fd, autoClose: false });
      const summary = await exportSnapshot({ folder, output, onProgress });
      await publishFile(handle.fd, part, path);
      return summary;
    } finally {
      await handle.close();
      rmSync(part, { force: true });
    }
  });
}

async function exportTo<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof EarshotError ? error : outputError(outputName(file), error);
  }
}
