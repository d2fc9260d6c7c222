/**
 * Devices: all of them, or the one that the address names.
 */
import type { Place } from '../shell/location.ts';
import { AllDevices } from './all-devices.tsx';
import { codeDigits } from './asked-pairing.tsx';
import { DeviceView } from './device-view.tsx';

export function DevicesView({ place }: { place: Place }) {
  const [name] = place.parts;
  return name === undefined ? (
    <AllDevices filter={place.query.get('filter') ?? ''} code={codeDigits(place.query.get('code'))} />
  ) : (
    <DeviceView key={name} name={name} />
  );
}
