/**
 * Work of many that share one place: one piece after the other, in the order in which they came. Calls of those that have not shown a
 * key take turns here, so that whoever has one waits behind a single one of them and not behind all.
 */
export type OneByOne = <T>(work: () => Promise<T>) => Promise<T>;

export function createOneByOne(): OneByOne {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined); // told to whom it belongs
    return mine;
  };
}
