/** What `nmcli --terse` prints, and what its failures mean. */
import { EarshotError } from '../../src/core/errors.ts';
import type { WifiNetwork, WifiSecurity } from './network-manager.ts';

/** Of a house with many; more are of no use on a page. */
const MAX_NETWORKS = 40;
/** IEEE 802.11. */
const MAX_SSID_BYTES = 32;

/** The fields of a line: between them is `:`, and `\` is before a `:` or `\` of a field. */
export function terseFields(line: string): string[] {
  const fields = [''];
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === ':') fields.push('');
    else fields[fields.length - 1] += (character === '\\' ? line[++at] : character) ?? '';
  }
  return fields;
}

/** Of `--fields SSID,SIGNAL,SECURITY device wifi list`: the strongest first, each once. A hidden network has no name, and is left out. */
export function networksOf(output: string): WifiNetwork[] {
  const strongest = new Map<string, WifiNetwork>();
  for (const line of output.split('\n')) {
    const [ssid = '', signal = '', security = ''] = terseFields(line);
    if (ssid === '' || Buffer.byteLength(ssid) > MAX_SSID_BYTES) continue;
    const signalPercent = Number(signal);
    if (!(signalPercent >= (strongest.get(ssid)?.signalPercent ?? 0))) continue;
    strongest.set(ssid, { ssid, signalPercent, security: securityOf(security) });
  }
  return [...strongest.values()].sort((a, b) => b.signalPercent - a.signalPercent).slice(0, MAX_NETWORKS);
}

/** Like `WPA1 WPA2`, `WPA2 WPA3`, `WPA2 802.1X`, `WEP`; `--` or nothing is an open network. */
function securityOf(text: string): WifiSecurity {
  const words = text.split(' ');
  if (words.includes('802.1X')) return 'unsupported';
  if (words.includes('WPA1') || words.includes('WPA2')) return 'wpa2';
  if (words.includes('WPA3')) return 'wpa3';
  return text === '' || text === '--' ? 'open' : 'unsupported';
}

const WRONG_PASSWORD = 'The password is wrong';
/** What nmcli says of a network that it could not join, for a person. */
const REASONS: [pattern: RegExp, message: string, hint: string][] = [
  [
    /secrets were required|no-secrets|802\.1x supplicant|took too long to authenticate/i,
    WRONG_PASSWORD,
    'Type it again.',
  ],
  [/could not be found|ssid-not-found/i, 'The network is not in reach', 'Check its name; bring the device nearer.'],
  [/ip configuration|ip-config/i, 'The network gave no address', 'Start the router again, or try another network.'],
  [/timeout expired/i, 'The network does not answer', 'Check the password; bring the device nearer.'],
];

/** @param said nmcli's first line on standard error, which has no passwords */
export function joinError(said: string, cause: unknown): EarshotError {
  const [, message, hint] = REASONS.find(([pattern]) => pattern.test(said)) ?? [
    undefined,
    `The network cannot be joined (${said})`,
    'Try again, or another network.',
  ];
  return new EarshotError('wifi_refused', message, hint, { cause });
}
