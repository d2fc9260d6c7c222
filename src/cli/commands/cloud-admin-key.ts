import { adminKeyOf } from '../../cloud/admin-key.ts';
import { EarshotError } from '../../core/errors.ts';
import { readEmbedded } from '../../gateway/cloud-address.ts';
import { refuseDeployment } from '../../gateway/exclusive-cloud.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

const HELP = `
For Convex's official CLI and the embedded cloud of a gateway that runs. Whoever
has this key can call every function and read all data.`;

export const defineAdminKey: DefineCommand = (command) => {
  command.option('--json', 'print JSON: url, adminKey');
  addStateOption(command)
    .addHelpText('after', HELP)
    .action((options: StateOption & { json?: boolean }) => {
      refuseDeployment();
      const cloud = readEmbedded(stateOf(options));
      if (!cloud) {
        const hint = 'Start earshot gateway or earshot start here (with the same --state).';
        throw new EarshotError('cloud_not_found', 'No embedded cloud runs here', hint);
      }
      const { url } = cloud;
      const adminKey = adminKeyOf(cloud.gatewayKey);
      if (options.json) return printJson({ url, adminKey });
      printLine(`export CONVEX_SELF_HOSTED_URL='${url}'`);
      printLine(`export CONVEX_SELF_HOSTED_ADMIN_KEY='${adminKey}'`);
    });
};
