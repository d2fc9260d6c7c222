/**
 * A queue that one reader iterates over while others put items into it. Its limit is that of those who put items in.
 */
export class AsyncQueue<Item> implements AsyncIterable<Item> {
  #items: Item[] = [];
  #isOver = false;
  #error: unknown;
  #wake: () => void = () => {};

  /** Nothing that is pushed now is read. */
  get isOver(): boolean {
    return this.#isOver;
  }

  push(item: Item): void {
    if (this.#isOver) return;
    this.#items.push(item);
    this.#wake();
  }

  /** Nothing follows. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** The reader gets this error after the items that are in the queue. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#error = error;
    this.end();
  }

  /** Ends at once: the items in the queue are dropped. */
  clear(): void {
    this.#items = [];
    this.#error = undefined;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#isOver) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
