/** A client of a program that has audio, or brings and takes frames. */
import type { Client, ClientOptions } from './client.ts';
import { DeviceClient } from './device-client.ts';
import { createFrameAudio } from './frames.ts';
import { memoryDisk } from './memory-disk.ts';

/** @throws EarshotError `usage` for an invalid address, and where there is no WebSocket */
export function createClient(options: ClientOptions): Client {
  return new DeviceClient({ turns: { disk: memoryDisk(), folder: 'turns' }, ...options }, createFrameAudio);
}
