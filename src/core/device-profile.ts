/**
 * What the assistant knows of the device that it talks with: the device's own values, or the operator's settings where
 * there are any.
 */
export interface DeviceProfile {
  /** Its name: the one of its token, or of its hello. */
  name: string;
  /** BCP 47, e.g. `en` or `de-AT`: the language in which the person speaks and is answered. */
  language: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  timeZone: string;
  units: 'metric' | 'imperial';
  /** Who the assistant is for this device: the system prompt of a language model. */
  persona?: string;
  /** Name of a voice of the synthesizer. */
  voice?: string;
  /** Names of the tools that it may use; undefined: all that need no permission. */
  tools?: readonly string[];
  /** What the device can do beyond the protocol's first version, from its hello. */
  features: readonly string[];
}

/** For a device that said nothing about itself and has no settings. The time zone is the gateway's. */
export function defaultProfile(name: string): DeviceProfile {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return { name, language: 'en', timeZone, units: 'metric', features: [] };
}
