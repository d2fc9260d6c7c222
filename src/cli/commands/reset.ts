import { nmcli } from '../../../actors/wifi/nmcli.ts';
import { EarshotError } from '../../core/errors.ts';
import { lockState } from '../../core/files/state-lock.ts';
import { silentLog } from '../../core/log/log.ts';
import { asOwnerOf } from '../../core/process/as-owner.ts';
import { systemClock } from '../../core/time/clock.ts';
import { deleteForgettable, type Forgettable, forgettables } from '../../device/factory-reset.ts';
import { pauseService } from '../../update/service.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { confirm } from '../terminal/confirm.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';

interface ResetOptions extends StateOption {
  service?: boolean;
  wifi?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Of the service that deploy/install.sh installs. */
const STATE_OF_SERVICE = '/var/lib/earshot';
/** How long a service that was stopped may take to release its lock. */
const PATIENCE_MS = 10_000;
const WIFI = 'Wi-Fi networks and their passwords';

const HELP = `
What stays: the program, /etc/earshot/earshot.env, the configuration file, name and password of the device's
access point (they are on its label), models, and the Wi-Fi unless --wifi is given. The gateway still knows the
device: end that there with earshot pair revoke NAME. A gateway in the same state folder keeps all of its own.

On a device without a keyboard, put an empty file with the name earshot-reset on the boot partition of its card,
and start it: it forgets its owner and its Wi-Fi (docs/operations.md).`;

const define: DefineCommand = (command) => {
  addStateOption(command)
    .option('--service', `that of the service (${STATE_OF_SERVICE}), which is stopped meanwhile; needs root`)
    .option('--wifi', 'also the Wi-Fi networks of this machine; needs root and NetworkManager')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(reset);
};

export default define;

async function reset(options: ResetOptions): Promise<void> {
  if (options.service && options.state !== undefined && options.state !== STATE_OF_SERVICE) {
    throw new EarshotError('usage', '--service and --state exclude each other', 'Give one of them.');
  }
  const state = options.service ? STATE_OF_SERVICE : stateOf(options);
  const planned = [...forgettables(state).map(({ what }) => what), ...(options.wifi ? [WIFI] : [])];
  if (planned.length === 0) return tell([], options);
  if (!options.yes) {
    for (const what of planned) printMessage(`  ${what}`);
    await confirm(`This device forgets ${planned.length === 1 ? 'this' : 'all of this'} for good`);
  }
  const resume = options.service ? await pauseService() : async () => {};
  try {
    // The networks first: if that fails, nothing is half done.
    if (options.wifi) await nmcli().forgetNetworks();
    const forgotten = forgetLocked(state, options.service ? PATIENCE_MS : undefined);
    tell([...forgotten.map(({ what }) => what), ...(options.wifi ? [WIFI] : [])], options);
  } finally {
    await resume();
  }
}

/** With the lock of the device: a daemon that runs would write part of it again. @throws EarshotError `state_in_use` */
function forgetLocked(state: string, patienceMs: number | undefined): Forgettable[] {
  return asOwnerOf(state, () => {
    const unlock = lockState({
      ...{ state, roles: ['device'], command: 'earshot reset', clock: systemClock, log: silentLog },
      ...(patienceMs !== undefined && { patienceMs }),
    });
    try {
      const found = forgettables(state);
      for (const each of found) deleteForgettable(each);
      return found;
    } finally {
      unlock();
    }
  });
}

function tell(forgotten: string[], { json }: ResetOptions): void {
  if (json) return printJson({ forgotten });
  if (forgotten.length === 0) return printLine('there is nothing to forget');
  for (const what of forgotten) printLine(`forgotten: ${what}`);
}
