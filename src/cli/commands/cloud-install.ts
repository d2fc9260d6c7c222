import { InvalidArgumentError } from 'commander';
import { installBackend } from '../../cloud/backend/install.ts';
import { backendLayout } from '../../cloud/backend/layout.ts';
import { BACKEND_VERSION, releaseFor } from '../../cloud/backend/release.ts';
import { formatBytes } from '../terminal/bytes.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface InstallCommandOptions extends StateOption {
  file?: string;
  sha256?: string;
  release: string;
  trustFirstUse?: boolean;
  json?: boolean;
}

const HELP = `
The release is checked against its SHA-256 before it is unpacked. Earshot has no
published one: take it from the release's page, or accept the one of the first
download with --trust-first-use; later downloads must then have the same.
A download that breaks off goes on where it stopped.`;

export const defineInstall: DefineCommand = (command) => {
  command
    .option('--sha256 <hex>', 'what the SHA-256 of the archive must be', sha256)
    .option('--trust-first-use', 'accept an archive whose SHA-256 is not known, and record it')
    .option('--file <zip>', 'the archive of the release, for a machine without network')
    .option('--release <tag>', 'another release than the one of this version of Earshot', BACKEND_VERSION)
    .option('--json', 'print the result as JSON');
  addStateOption(command)
    .addHelpText('after', HELP)
    .action(async (options: InstallCommandOptions) => {
      const release = releaseFor(process.platform, process.arch, options.release);
      const progress = createProgress();
      const installed = await installBackend({
        layout: backendLayout(stateOf(options)),
        release,
        ...(options.file !== undefined && { file: options.file }),
        ...(options.sha256 !== undefined && { sha256: options.sha256 }),
        trustFirstUse: options.trustFirstUse === true,
        onProgress: (what, share, bytes) =>
          progress.update(share === undefined && bytes > 0 ? `${what} ${formatBytes(bytes)}` : what, share),
      }).finally(progress.end);
      if (options.json) return printJson(installed);
      printLine(`${installed.version} is installed; SHA-256 ${installed.sha256} (${CHECKED[installed.checked]})`);
      printLine('Run it with: earshot cloud start');
    });
};

const CHECKED = {
  known: 'as in this version of Earshot',
  given: 'as given',
  recorded: 'as accepted before',
  'first use': 'accepted unchecked, and recorded',
} as const;

function sha256(value: string): string {
  const hex = value
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '');
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new InvalidArgumentError('A SHA-256 has 64 hexadecimal digits.');
}
