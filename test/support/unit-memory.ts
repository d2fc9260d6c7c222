/** What the systemd unit of the device lets the daemon have. */
import { readFileSync } from 'node:fs';

const UNIT = new URL('../../deploy/earshot.service', import.meta.url);

/** Beyond `highMb` the daemon is slowed down, beyond `maxMb` it is ended. */
export function unitMemory(): { highMb: number; maxMb: number } {
  const unit = readFileSync(UNIT, 'utf8');
  const mb = (name: string) => Number(new RegExp(`^${name}=(\\d+)M$`, 'm').exec(unit)?.[1]);
  return { highMb: mb('MemoryHigh'), maxMb: mb('MemoryMax') };
}
