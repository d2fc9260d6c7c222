/**
 * The machine's networks by `nmcli`, the command line of NetworkManager. Passwords go to its standard input, never into arguments, which every
 * user can read. What it prints of a command with a password is thrown away.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { EarshotError, systemCode } from '../../src/core/errors.ts';
import type { NetworkManager, WifiSecurity } from './network-manager.ts';
import { joinError, networksOf, terseFields } from './nmcli-output.ts';

/** The names of the profiles in NetworkManager. */
const HOTSPOT = 'earshot-hotspot';
const NETWORK = 'earshot-wifi';
/** Until it is known that it works. */
const TRIED = 'earshot-wifi-tried';
/** NetworkManager's own choice for shared connections; deploy/setup/captive-portal.conf has it, too. */
const HOTSPOT_ADDRESS = '10.42.0.1';
/** `nmcli` ends with it where a connection, device or access point does not exist. */
const EXIT_NOT_FOUND = 10;

const QUERY_MS = 15_000;
/** A scan takes some seconds on each band. */
const SCAN_MS = 30_000;
/** Association, four-way handshake, DHCP. NetworkManager gives up after it; this process waits longer, to hear why. */
const ACTIVATE_S = 35;
const MAX_OUTPUT_BYTES = 1 << 20;

export interface NmcliOptions {
  /** Default: `nmcli` of the path. */
  program?: string;
  /** Of this machine in the network of its access point. */
  hotspotAddress?: string;
}

export function nmcli({ program = 'nmcli', hotspotAddress = HOTSPOT_ADDRESS }: NmcliOptions = {}): NetworkManager {
  const call = (args: readonly string[], timeoutMs = QUERY_MS, input?: string) =>
    runProgram(program, args, timeoutMs, input);

  async function deleteProfile(name: string): Promise<void> {
    await call(['connection', 'delete', 'id', name]).catch((error) => {
      if (!(error instanceof NmcliError) || error.exitCode !== EXIT_NOT_FOUND) throw unavailable(error);
    });
  }

  /** Replaces the profile of this name. */
  async function addProfile(name: string, ssid: string, settings: readonly string[]): Promise<void> {
    await deleteProfile(name);
    const args = ['connection', 'add', 'type', 'wifi', 'con-name', name, 'ifname', '*', 'ssid', ssid];
    await call([...args, ...settings]).catch((error) => {
      throw unavailable(error);
    });
  }

  /** By its editor, which reads commands from standard input; it ends with 0 even if it could not save. */
  async function setPassword(profile: string, password: string): Promise<void> {
    const commands = `set 802-11-wireless-security.psk ${password}\nsave persistent\nquit\n`;
    const said = await call(['connection', 'edit', profile], QUERY_MS, commands).catch((error: unknown) => {
      // Its messages may quote the password.
      const exitCode = error instanceof NmcliError ? error.exitCode : undefined;
      throw unavailable(new NmcliError('the password cannot be stored', exitCode));
    });
    if (!said.includes('successfully updated')) {
      throw new EarshotError('wifi_refused', 'The password cannot be one of this network', 'Type it again.');
    }
  }

  const activate = (name: string) =>
    call(['--wait', String(ACTIVATE_S), 'connection', 'up', 'id', name], (ACTIVATE_S + 10) * 1_000);

  /** What changes profiles runs one after the other, so that what ends set-up finds no join under way. */
  let work: Promise<unknown> = Promise.resolve();
  const inOrder =
    <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> => {
      const next = work.then(() => method(...args));
      // Its failure is its caller's.
      work = next.catch(() => undefined);
      return next;
    };

  const manager: NetworkManager = {
    async isOnline() {
      const said = await call(['--terse', '--fields', 'STATE', 'general']).catch((error) => {
        throw unavailable(error);
      });
      // `connected (local only)` is the access point itself; `(site only)` is a house without the internet, where a gateway may be.
      return ['connected', 'connected (site only)'].includes(said.trim());
    },
    async networks() {
      const args = ['--terse', '--fields', 'SSID,SIGNAL,SECURITY', 'device', 'wifi', 'list', '--rescan', 'yes'];
      return networksOf(
        await call(args, SCAN_MS).catch((error) => {
          throw unavailable(error);
        }),
      );
    },
    async openHotspot({ ssid, password }) {
      const settings = ['autoconnect', 'no', 'mode', 'ap', '802-11-wireless.band', 'bg', ...keyOf('wpa2')];
      const address = ['ipv4.method', 'shared', 'ipv4.addresses', `${hotspotAddress}/24`, 'ipv6.method', 'disabled'];
      await addProfile(HOTSPOT, ssid, [...settings, ...address]);
      await setPassword(HOTSPOT, await wpa2Key(ssid, password));
      await activate(HOTSPOT).catch((error) => {
        throw unavailable(error);
      });
      return hotspotAddress;
    },
    closeHotspot: () => deleteProfile(HOTSPOT),
    async join({ ssid, password, security }) {
      if (security === 'unsupported') {
        throw new EarshotError(
          'wifi_refused',
          'This kind of network is not supported',
          'It must be WPA2, WPA3 or open.',
        );
      }
      // The name may have been typed in: a network that does not tell it.
      await addProfile(TRIED, ssid, ['autoconnect', 'no', '802-11-wireless.hidden', 'yes', ...keyOf(security)]);
      try {
        if (security !== 'open') {
          await setPassword(TRIED, security === 'wpa2' ? await wpa2Key(ssid, password ?? '') : (password ?? ''));
        }
        await activate(TRIED).catch((error) => {
          throw error instanceof NmcliError ? joinError(error.message, error) : unavailable(error);
        });
      } catch (error) {
        await deleteProfile(TRIED);
        throw error;
      }
      await deleteProfile(NETWORK);
      await call([
        'connection',
        'modify',
        'id',
        TRIED,
        'connection.id',
        NETWORK,
        'connection.autoconnect',
        'yes',
      ]).catch((error) => {
        throw unavailable(error);
      });
    },
    async forgetNetworks() {
      const said = await call(['--terse', '--fields', 'UUID,TYPE', 'connection', 'show']).catch((error) => {
        throw unavailable(error);
      });
      for (const [uuid, type] of said.split('\n').map(terseFields)) {
        if (uuid === undefined || type !== '802-11-wireless') continue;
        await call(['connection', 'delete', 'uuid', uuid]).catch((error) => {
          throw unavailable(error);
        });
      }
    },
  };
  return {
    ...manager,
    openHotspot: inOrder(manager.openHotspot),
    closeHotspot: inOrder(manager.closeHotspot),
    join: inOrder(manager.join),
  };
}

/** WPA2 only, with AES: no TKIP, no WPA1. */
function keyOf(security: WifiSecurity): string[] {
  if (security === 'open') return [];
  const cipher = ['802-11-wireless-security.proto', 'rsn', '802-11-wireless-security.pairwise', 'ccmp'];
  return ['802-11-wireless-security.key-mgmt', security === 'wpa3' ? 'sae' : 'wpa-psk', ...cipher];
}

/** The key that WPA2 makes of a password (IEEE 802.11-2020, J.4.1), in hex: no character of the password needs an escape. */
async function wpa2Key(ssid: string, password: string): Promise<string> {
  return (await promisify(pbkdf2)(password, ssid, 4_096, 32, 'sha1')).toString('hex');
}

class NmcliError extends Error {
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

function unavailable(cause: unknown): EarshotError {
  if (cause instanceof EarshotError) return cause;
  const isMissing = systemCode((cause as Error).cause) === 'ENOENT';
  const message = isMissing
    ? 'NetworkManager is not on this machine (nmcli was not found)'
    : `NetworkManager does not do it: ${(cause as Error).message}`;
  const hint = isMissing
    ? 'Debian: apt-get install network-manager.'
    : 'See: nmcli device, journalctl -u NetworkManager -n 20.';
  return new EarshotError('wifi_unavailable', message, hint, { cause });
}

/** @throws NmcliError with the first line of its standard error */
function runProgram(program: string, args: readonly string[], timeoutMs: number, input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
    const child: ChildProcess = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(String(stdout));
      const said = String(stderr).trim().split('\n')[0] || (error.killed ? 'it does not answer' : error.message);
      const exitCode = typeof error.code === 'number' ? error.code : undefined;
      reject(new NmcliError(said.replace(/^Error: /, ''), exitCode, { cause: error }));
    });
    // A program that ends without reading it: its exit code tells.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}
