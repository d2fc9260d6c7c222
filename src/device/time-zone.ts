/**
 * The time zone of this machine. `Intl` knows it, too, but reads 5 MB of ICU's data for the answer, which then stay in
 * memory.
 */
import { readlinkSync } from 'node:fs';
import { TIME_ZONE_NAME } from '../protocol/locale.ts';

/** A link to the file of the zone (localtime(5)): of systemd, Debian and Alpine. */
const LOCALTIME = '/etc/localtime';
const ZONE_FILE = /\/zoneinfo\/(?:posix\/)?(.+)$/;

/** `TZ`, else the zone of the machine; a machine that keeps it in another way is asked by `Intl`. */
export function timeZoneOf({ TZ = '' }: NodeJS.ProcessEnv, localtime = LOCALTIME): string {
  const zone = TZ === '' ? linkedZone(localtime) : (ZONE_FILE.exec(TZ)?.[1] ?? TZ.replace(/^:/, ''));
  const isName = zone !== undefined && (zone === 'UTC' || zone.includes('/')) && TIME_ZONE_NAME.test(zone);
  return isName ? zone : new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function linkedZone(localtime: string): string | undefined {
  try {
    return ZONE_FILE.exec(readlinkSync(localtime))?.[1];
  } catch {
    return undefined; // a file, or missing
  }
}
