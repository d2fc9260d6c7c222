import { Option } from 'commander';
import { nmcli } from '../../../actors/wifi/nmcli.ts';
import { lockState } from '../../core/files/state-lock.ts';
import { systemClock } from '../../core/time/clock.ts';
import { readDeviceToken } from '../../device/device-token.ts';
import { helloOf } from '../../device/hello.ts';
import { hotspotOf } from '../../device/setup/hotspot-label.ts';
import { startSetup } from '../../device/setup/setup.ts';
import type { SetupStatus } from '../../device/setup/setup-status.ts';
import { connectSystemd } from '../../device/systemd.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK } from '../../protocol/format.ts';
import { chooseGateway } from '../terminal/choose-gateway.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import {
  addLogOptions,
  addStateOption,
  type LogFlags,
  openLog,
  type StateOption,
  stateOf,
} from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';

interface SetupCommandOptions extends LogFlags, StateOption {
  gateway?: string;
  name?: string;
  group?: string;
  port: number;
  label?: boolean;
  json?: boolean;
}

const HELP = `
It ends when the device has a network and is paired. Until then, while there is no network or no gateway, the
device opens an access point; its name and password are random, and shown by --label. Whoever joins it gets a
page on which the Wi-Fi and, if it is not found by itself, the gateway are chosen. It needs NetworkManager, and
the rights to use it. sudo deploy/install.sh --setup installs it as a service (docs/operations.md).`;

const define: DefineCommand = (command) => {
  command
    .addOption(new Option('--gateway <url>', 'the gateway (default: the one in the network)').env('EARSHOT_GATEWAY'))
    .addOption(
      new Option('--name <name>', "name of this device at the gateway (default: the host's)").env('EARSHOT_NAME'),
    )
    .addOption(new Option('--group <name>', 'devices within earshot of each other').env('EARSHOT_GROUP'))
    .option('--port <port>', 'of the page; phones find it by themselves on port 80 only', wholeNumber(0, 65_535), 80)
    .option('--label', "print name and password of the device's access point, for its label; do nothing else")
    .option('--json', 'with --label: print JSON')
    .addHelpText('after', HELP);
  addLogOptions(addStateOption(command), 'info').action(setup);
};

export default define;

async function setup(options: SetupCommandOptions): Promise<void> {
  const log = openLog(options);
  const state = stateOf(options);
  if (options.label) return tellLabel(state, options.json === true);
  const isPaired = readDeviceToken(state) !== undefined;
  const systemd = connectSystemd({ clock: systemClock, log, isAlive: () => true });
  // A paired device works without a network, so its daemon does not wait for this.
  const unlock = isPaired ? () => {} : lock(state, log);
  if (isPaired) systemd.ready();
  try {
    const hotspot = hotspotOf(state);
    const running = await startSetup({
      ...{ networkManager: nmcli(), hotspot, isPaired, port: options.port, clock: systemClock, log },
      hello: helloOf({
        name: options.name,
        group: options.group,
        framesPerPacket: FRAMES_PER_CHUNK,
        bufferMs: CHUNK_MS,
        // This connection is for pairing alone.
        allowsRemotePress: false,
      }),
      connectTo(address) {
        const gateway = address ?? options.gateway;
        // Empty: /etc/earshot/earshot.env names none.
        return chooseGateway(gateway ? { gateway } : {}, state, log);
      },
      onStatus(status, page) {
        const text = statusText(status, page, hotspot.ssid);
        systemd.status(text);
        log.info('set-up goes on', { reason: text });
      },
    });
    const stopped = new Promise<false>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(false));
    });
    const isDone = running.done.then(() => true);
    const wasDone = await Promise.race([isDone, stopped]).finally(() => running.stop());
    if (wasDone && !isPaired) systemd.ready();
  } finally {
    unlock();
  }
}

function lock(state: string, log: ReturnType<typeof openLog>): () => void {
  return lockState({ state, roles: ['device'], command: 'earshot setup', clock: systemClock, log });
}

function tellLabel(state: string, asJson: boolean): void {
  const { ssid, password } = hotspotOf(state);
  if (asJson) return printJson({ ssid, password });
  printLine(`Wi-Fi:     ${ssid}`);
  printLine(`Password:  ${password}`);
}

function statusText({ step, code, error }: SetupStatus, page: string | undefined, ssid: string): string {
  if (step === 'pairing') return `the operator has to approve the code ${code ?? ''}${page ? ` (${page})` : ''}`;
  if (step === 'done') return 'set-up is done';
  if (page) return `join the Wi-Fi “${ssid}” and open ${page}${error ? `; ${error.message}` : ''}`;
  return step === 'joining'
    ? 'joining a network'
    : step === 'searching'
      ? 'looking for the gateway'
      : 'looking for a network';
}
