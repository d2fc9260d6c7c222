import { openSatelliteIdentities, type SatelliteIdentities } from '../../gateway/satellite/satellite-identity.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

interface HomeAssistantCommandOptions extends StateOption {
  json?: boolean;
}

const HELP = `
In Home Assistant: Settings, Devices & services, Add integration, ESPHome; then this machine's address, the port of the device, and the key.
docs/home-assistant.md has each step.`;

const define: DefineCommand = (command) => {
  command.option('--json', 'print JSON').addHelpText('after', HELP);
  addStateOption(command).action((options: HomeAssistantCommandOptions) => {
    const identities = openSatelliteIdentities(stateOf(options));
    if (options.json) printJson({ key: identities.key, devices: devicesOf(identities) });
    else print(identities);
  });
};

function devicesOf({ ports, of }: SatelliteIdentities) {
  return ports().map(([device, port]) => ({ device, name: of(device).name, macAddress: of(device).macAddress, port }));
}

function print(identities: SatelliteIdentities): void {
  printLine(`encryption key: ${identities.key}`);
  const devices = devicesOf(identities);
  if (devices.length === 0) printLine('no device has been connected to earshot gateway --responder home-assistant yet');
  for (const { device, name, port } of devices) printLine(`${device}: port ${port}, name ${name}`);
}

export default define;
