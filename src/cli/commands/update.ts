import { EarshotError } from '../../core/errors.ts';
import { Installation } from '../../update/installation.ts';
import { devicePackage, findRelease } from '../../update/release.ts';
import { systemdService } from '../../update/service.ts';
import { rollBack, type UpdateOutcome, updateFrom, updateTo } from '../../update/update.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface UpdateCommandOptions {
  check?: boolean;
  to?: string;
  from?: string;
  integrity?: string;
  rollback?: boolean;
  folder: string;
  json?: boolean;
}

const HELP = `
For the service that deploy/install.sh has installed; it needs root. The new version is fetched from the
npm registry that npm is configured to use (package ${devicePackage()}) and compared with its SHA-512. The
version before stays, and is back by itself when the new one does not get ready within a minute. Settings
and stored turns are not touched. After --rollback the next update installs the newest version again.`;

const define: DefineCommand = (command) => {
  command
    .option('--check', 'tell whether there is a newer version; change nothing')
    .option('--to <version>', 'a certain version (default: the newest)')
    .option('--from <file>', 'a tarball of npm run bundle, or of the package, instead of the registry')
    .option('--integrity <sha512>', 'of the tarball, as npm writes it: sha512-…')
    .option('--rollback', 'back to the version before')
    .option('--folder <folder>', 'where the versions are', '/opt/earshot')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(update);
};

export default define;

async function update(options: UpdateCommandOptions): Promise<void> {
  refuseConflicts(options);
  const installation = new Installation(options.folder);
  if (options.check) return await check(installation, options);
  const progress = createProgress();
  const common = { installation, service: systemdService(), onStep: progress.update };
  try {
    if (options.rollback) return tell(await rollBack(common), options);
    if (options.from !== undefined) return tell(await updateFrom(options.from, options.integrity, common), options);
    const release = await findRelease(devicePackage(), options.to);
    tell(await updateTo(release, common), options);
  } finally {
    progress.end();
  }
}

function refuseConflicts({ check: onlyChecks, to, from, integrity, rollback }: UpdateCommandOptions): void {
  if ([onlyChecks ?? to, from, rollback].filter((each) => each !== undefined).length > 1) {
    throw new EarshotError(
      'usage',
      'These options exclude each other',
      'Use one of --check, --to, --from and --rollback.',
    );
  }
  if (integrity !== undefined && from === undefined) {
    throw new EarshotError('usage', '--integrity is for a file', 'Give the file with --from.');
  }
}

async function check(installation: Installation, { to, json }: UpdateCommandOptions): Promise<void> {
  const { version } = await findRelease(devicePackage(), to);
  const { current, previous } = installation;
  if (json) return printJson({ current, previous, available: version });
  printLine(
    version === current ? `version ${current} is the newest` : `version ${version} is available; this is ${current}`,
  );
}

function tell({ version, before }: UpdateOutcome, { json }: UpdateCommandOptions): void {
  if (json) return printJson({ version, before });
  if (version === before) return printLine(`version ${version} is here already`);
  printLine(`version ${version} runs; before it was ${before} (back: earshot update --rollback)`);
}
