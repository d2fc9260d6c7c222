/**
 * Work that may have to wait, written once for synchronous and for asynchronous callers: as a generator that yields
 * what it waits for. When nothing has to wait, it is done when `runSteps` returns, without a promise.
 */
export type MaybePromise<T> = T | Promise<T>;
export type Steps<T> = Generator<MaybePromise<unknown>, T, unknown>;

/** `yield* wait(work)` is `await work`. */
export function* wait<T>(work: MaybePromise<T>): Steps<T> {
  return (yield work) as T;
}

/** @throws what the work throws, if it never had to wait; else it rejects with it */
export function runSteps<T>(steps: Steps<T>): MaybePromise<T> {
  return go(steps, steps.next());
}

function go<T>(steps: Steps<T>, first: IteratorResult<MaybePromise<unknown>, T>): MaybePromise<T> {
  let at = first;
  while (!at.done) {
    const { value } = at;
    if (value instanceof Promise) {
      return value.then(
        (answer) => go(steps, steps.next(answer)),
        (error: unknown) => go(steps, steps.throw(error)),
      );
    }
    at = steps.next(value);
  }
  return at.value;
}
