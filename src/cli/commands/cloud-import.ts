import { statSync } from 'node:fs';
import { Option } from 'commander';
import { importSnapshot } from '../../cloud/database/snapshot/import-snapshot.ts';
import type { ImportMode } from '../../cloud/database/snapshot/place-tables.ts';
import { RUNTIME_TABLES } from '../../cloud/runtime/system-tables.ts';
import { inputError, unreadable } from '../../core/files/file-errors.ts';
import { withExclusiveCloud } from '../../gateway/exclusive-cloud.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { confirm } from '../terminal/confirm.ts';
import {
  addLogOptions,
  addStateOption,
  type LogFlags,
  openLog,
  type StateOption,
  stateOf,
} from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { describeSnapshot } from './cloud-snapshot-summary.ts';

interface ImportCommandOptions extends StateOption, LogFlags {
  replace?: boolean;
  append?: boolean;
  yes?: boolean;
  json?: boolean;
}

const KIND = 'ZIP file of an export';
const HELP = `
FILE.zip is from earshot cloud export, or from
npx convex export --include-file-storage. All of it is imported, or nothing.
Tables that have rows are refused, unless they are replaced or added to.
Documents and files keep their ids.

The gateway may run: its cloud is stopped for the import, its records wait
meanwhile, and its devices stay connected.`;

export const defineImport: DefineCommand = (command) => {
  command
    .argument('<file.zip>', 'the file to read')
    .addOption(new Option('--replace', 'replace the rows of all tables that are in the file').conflicts('append'))
    .addOption(new Option('--append', 'add to the rows that are there').conflicts('replace'))
    .option('--yes', 'replace without asking')
    .option('--json', 'print JSON: tables, documents, files, bytes (of the files), setAside');
  addStateOption(command);
  addLogOptions(command, 'warn')
    .addHelpText('after', HELP)
    .action(async (file: string, options: ImportCommandOptions) => {
      requireFile(file);
      const mode: ImportMode = options.replace ? 'replace' : options.append ? 'append' : 'new';
      if (mode === 'replace' && !options.yes) await confirm(`The rows of all tables in ${file} are replaced`);
      const access = { state: stateOf(options), command: 'earshot cloud import', log: openLog(options) };
      const progress = createProgress();
      const summary = await withExclusiveCloud(access, async (folder) => {
        const { default: schema } = await import('../../../convex/schema.ts');
        const onProgress = ({ documents, files }: { documents: number; files: number }) =>
          progress.update(`importing: ${documents} documents, ${files} files`, undefined);
        return await importSnapshot({ folder, path: file, mode, schema, systemTables: RUNTIME_TABLES, onProgress });
      }).finally(progress.end);
      if (options.json) printJson(summary);
      else printLine(`imported ${describeSnapshot(summary)}`);
    });
};

/** Before anything is asked or stopped. @throws EarshotError `file_not_found`, `file_unreadable` */
function requireFile(file: string): void {
  try {
    if (!statSync(file).isFile()) throw unreadable(file, 'it is not a file', KIND);
  } catch (cause) {
    throw cause instanceof Error && 'syscall' in cause ? inputError(file, cause, KIND) : cause;
  }
}
