/**
 * The time in which this process had a processor, for tests of something that ends “within 50 ms”: a busy machine may stop the process at any
 * time and for any time.
 */

/** Counts from now on, in ms. Call the result to end the count and to learn it. */
export function countOwnTime(): () => number {
  let ms = 0;
  // However long the process was stopped, a timer fires once.
  const timer = setInterval(() => {
    ms += 1;
  }, 1);
  return () => {
    clearInterval(timer);
    return ms;
  };
}
