/**
 * The boot of this machine: its id, and the uptime since. Unlike the monotonic clock of a process, a later process can compare it, as
 * long as the machine has not rebooted.
 */
export interface Boot {
  /** New at each boot. */
  readonly id: string;
  /** Milliseconds since the boot, suspended time included, to 10 ms. */
  uptimeMs(): number;
}

/** The current time, for a later process to compare. */
export function stampOf({ id, uptimeMs }: Boot): { id: string; uptimeMs: number } {
  return { id, uptimeMs: uptimeMs() };
}
