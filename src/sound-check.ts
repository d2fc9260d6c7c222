/**
 * Whether this machine has a sound card that can record and play.
 */
export async function hasSoundCard(): Promise<boolean> {
  try {
    const { listDevices } = await import('../actors/sound/device-search.ts');
    const { devices } = listDevices();
    return devices.some((device) => device.inputChannels > 0) && devices.some((device) => device.outputChannels > 0);
  } catch {
    // No native audio here at all: the same to whoever asks; `earshot devices` says why.
    return false;
  }
}
