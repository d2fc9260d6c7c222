/** A folder in the operating system's memory, as the systemd unit gives one to the daemon (`EARSHOT_MEMORY_FOLDER`). */
import { mkdtempSync } from 'node:fs';

export function makeMemoryFolder(): string {
  return mkdtempSync('/dev/shm/earshot-test-');
}
