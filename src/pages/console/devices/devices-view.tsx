/**
 * Devices: all of them, or the one that the address names.
 */
import type { Place } from '../shell/location.ts';
import { AllDevices } from './all-devices.tsx';
import { DeviceView } from './device-view.tsx';

export function DevicesView({ place }: { place: Place }) {
  const [name] = place.parts;
  return name === undefined ? (
    <AllDevices filter={place.query.get('filter') ?? ''} />
  ) : (
    <DeviceView key={name} name={name} />
  );
}
