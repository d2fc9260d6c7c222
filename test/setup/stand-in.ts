/** A machine whose networks are those of the stand-in for nmcli. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const NMCLI = fileURLToPath(new URL('./nmcli-stand-in.sh', import.meta.url));
/** The test vector of IEEE 802.11 for WPA2: this key is made of this name and password. */
export const HOME = {
  ssid: 'IEEE',
  password: 'password',
  psk: 'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e',
} as const;

export interface StandIn {
  folder: string;
  write(name: string, text: string): void;
  /** The arguments of each call, oldest first. */
  calls(): string[];
  profiles(): string[];
  /** A setting of a profile; undefined: it is not set. */
  setting(profile: string, name: string): string | undefined;
}

/** @param networks as `nmcli --terse` prints them */
export function standIn(networks = `${HOME.ssid}:70:WPA2\nCafe\\: new:40:--\nOffice:30:WPA2 802.1X\n`): StandIn {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-nm-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  process.env.EARSHOT_TEST_NM = folder;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const read = (...path: string[]) => {
    const file = join(folder, ...path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  write('state', 'disconnected\n');
  write('networks', networks);
  write('accepts', `${HOME.ssid}\t${HOME.psk}\nCafe: new\t\n`);
  return {
    folder,
    write,
    calls: () => (read('calls') ?? '').split('\n').slice(0, -1),
    profiles: () => (existsSync(join(folder, 'profiles')) ? readdirSync(join(folder, 'profiles')) : []).sort(),
    setting: (profile, name) => read('profiles', profile, name),
  };
}
