/** What the assistant knows of the device that it talks with: the same as every responder. */
export { type DeviceProfile, defaultProfile } from '../../responder/device-profile.ts';
