/**
 * A stall that follows shortly after another one is concealed for a little longer, until two packets are there. On a path that carries less than is
 * sent, the same concealment then makes fewer interruptions.
 */

/** A stall that begins so long after the end of the one before is not a repetition. */
const REPEATED_WITHIN_MS = 1_000;
const ENOUGH_PACKETS = 2;
/** A stall of this length ends with the first packet: longer ones conceal more than the fewer interruptions are worth. */
const LONGEST_WAIT_MS = 30;

export class RepeatedStall {
  private beganMs = Number.NEGATIVE_INFINITY;
  private endedMs = Number.NEGATIVE_INFINITY;

  begin(dueMs: number): void {
    this.beganMs = dueMs;
  }

  end(dueMs: number): void {
    this.endedMs = dueMs;
  }

  /** Whether more packets are waited for, with this much audio there. */
  isToLast(dueMs: number, bufferedMs: number, packetMs: number): boolean {
    return (
      this.beganMs - this.endedMs <= REPEATED_WITHIN_MS &&
      dueMs - this.beganMs < LONGEST_WAIT_MS &&
      bufferedMs < ENOUGH_PACKETS * packetMs
    );
  }
}
