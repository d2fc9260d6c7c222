/**
 * What the assistant knows of a device: the operator's settings, or else what the device says of itself in its hello.
 */

import { type DeviceProfile, defaultProfile } from '../core/device-profile.ts';
import { isTimeZone } from '../core/time/time-zone.ts';
import type { Hello } from '../protocol/control.ts';
import type { UnitSystem } from '../protocol/locale.ts';

/** The part of the settings that is for the assistant and not sent to the device. */
export interface AssistantSettings {
  language?: string;
  timeZone?: string;
  units?: UnitSystem;
  persona?: string;
  voice?: string;
  tools?: string[];
}

/** A time zone that this machine does not know is ignored. */
export function describeDevice(
  name: string,
  hello: Hello | undefined,
  settings: AssistantSettings = {},
): DeviceProfile {
  const own = hello?.locale ?? {};
  const profile = defaultProfile(name);
  const timeZone = [settings.timeZone, own.timeZone].find((zone) => zone !== undefined && isTimeZone(zone));
  const { persona, voice, tools } = settings;
  return {
    ...profile,
    language: settings.language ?? own.language ?? profile.language,
    timeZone: timeZone ?? profile.timeZone,
    units: settings.units ?? own.units ?? profile.units,
    ...(persona !== undefined && { persona }),
    ...(voice !== undefined && { voice }),
    ...(tools && { tools }),
    features: hello?.features ?? [],
  };
}
