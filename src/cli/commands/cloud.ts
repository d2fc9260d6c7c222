import type { DefineCommand } from '../terminal/command.ts';
import { defineAdminKey } from './cloud-admin-key.ts';
import { defineExport } from './cloud-export.ts';
import { defineImport } from './cloud-import.ts';
import { defineInstall } from './cloud-install.ts';
import { defineJwks } from './cloud-jwks.ts';
import { defineStart, defineStop } from './cloud-start.ts';
import { defineStatus } from './cloud-status.ts';

const define: DefineCommand = (command) => {
  const subcommand = (usage: string, summary: string) =>
    command.command(usage).description(summary).copyInheritedSettings(command);
  defineStatus(subcommand('status', 'how much is stored, and what waits'));
  defineExport(subcommand('export', 'write all data to a file'));
  defineImport(subcommand('import', 'take all data from a file'));
  defineInstall(subcommand('install', 'fetch the Convex backend, to run it on this machine'));
  defineStart(subcommand('start', 'run the Convex backend in the foreground, with the functions deployed'));
  defineAdminKey(
    subcommand('admin-key', "print address and admin key of the embedded cloud, for Convex's official CLI"),
  );
  defineJwks(subcommand('jwks', 'print the public half of the key, for EARSHOT_JWKS of a deployment'));
  defineStop(subcommand('stop', 'stop the Convex backend that cloud start runs'));
};

export default define;
