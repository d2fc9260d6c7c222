/** Items that arrive as events, for one reader that iterates over them. */
export class OutputQueue<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #end: { error?: unknown } | undefined;
  #wake: () => void = () => {};

  push(item: Item): void {
    if (this.#end) return;
    this.#items.push(item);
    this.#wake();
  }

  /** What is in the queue is still read. */
  finish(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** Like `finish`; then the reader gets the error. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** Ends at once, without an error. */
  discard(): void {
    this.#items.length = 0;
    this.#end = {};
    this.#wake();
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#end) break;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
    if (this.#end?.error !== undefined) throw this.#end.error;
  }
}
