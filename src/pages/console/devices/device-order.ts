/**
 * In which order devices are listed: what needs a person first, then what happens now, then the rest.
 */
import { type DeviceOverview, needsAttention } from './device-standing.tsx';

function rankOf(device: DeviceOverview): number {
  if (device.revokedAt !== undefined) return 3;
  if (needsAttention(device)) return 0;
  return device.isOnline ? 1 : 2;
}

export function inOrder(devices: readonly DeviceOverview[]): DeviceOverview[] {
  return [...devices].sort((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name));
}

/** By its name, model or software. */
export function matches(
  { name, model = '', software = '' }: Pick<DeviceOverview, 'name' | 'model' | 'software'>,
  filter: string,
): boolean {
  const wanted = filter.trim().toLowerCase();
  return [name, model, software].some((text) => text.toLowerCase().includes(wanted));
}
