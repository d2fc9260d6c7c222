import { rm } from 'node:fs/promises';

const RETRIES = 10;
const RETRY_DELAY_MS = 20;

/**
 * Removes a folder in which files may still be created or removed by libuv's pool. `rmSync` lists a folder once and its
 * retries block the event loop, so a file that appears meanwhile stays; this lists the folder again for each retry.
 */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: RETRIES, retryDelay: RETRY_DELAY_MS });
}
