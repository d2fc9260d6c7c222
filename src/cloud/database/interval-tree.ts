/**
 * Ranges of text, found by a text that lies in them. A treap by the lower bound, in which each node knows the highest upper bound below it: of
 * n ranges, the k that contain a text are found in about log n + k steps.
 */

interface Node<T> {
  low: string;
  high: string;
  /** The highest `high` of this node and those below. */
  maxHigh: string;
  /** Random, and not lower than those below: that keeps the tree flat. */
  priority: number;
  left: Node<T> | undefined;
  right: Node<T> | undefined;
  /** Equal ranges are one node. */
  values: Set<T>;
}

export class IntervalTree<T> {
  #root: Node<T> | undefined;

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** From `low` (inclusive) to `high` (exclusive). */
  add(low: string, high: string, value: T): void {
    const node = this.#find(low, high);
    if (node) node.values.add(value);
    else this.#root = inserted(this.#root, newNode(low, high, value));
  }

  remove(low: string, high: string, value: T): void {
    const node = this.#find(low, high);
    if (!node?.values.delete(value) || node.values.size > 0) return;
    this.#root = removed(this.#root, node);
  }

  /** Adds to `found` what the ranges around `key` have. */
  collect(key: string, found: Set<T>): void {
    collect(this.#root, key, found);
  }

  #find(low: string, high: string): Node<T> | undefined {
    let node = this.#root;
    while (node) {
      const order = compare(low, high, node);
      if (order === 0) return node;
      node = order < 0 ? node.left : node.right;
    }
    return undefined;
  }
}

function newNode<T>(low: string, high: string, value: T): Node<T> {
  const links = { left: undefined, right: undefined, priority: Math.random() };
  return { low, high, maxHigh: high, ...links, values: new Set([value]) };
}

function compare<T>(low: string, high: string, node: Node<T>): number {
  if (low !== node.low) return low < node.low ? -1 : 1;
  return high === node.high ? 0 : high < node.high ? -1 : 1;
}

function collect<T>(node: Node<T> | undefined, key: string, found: Set<T>): void {
  if (!node || node.maxHigh <= key) return;
  collect(node.left, key, found);
  if (node.low > key) return;
  if (key < node.high) for (const value of node.values) found.add(value);
  collect(node.right, key, found);
}

function inserted<T>(root: Node<T> | undefined, node: Node<T>): Node<T> {
  if (!root) return node;
  if (compare(node.low, node.high, root) < 0) {
    root.left = inserted(root.left, node);
    return root.left.priority > root.priority ? raised(root, 'left', 'right') : measured(root);
  }
  root.right = inserted(root.right, node);
  return root.right.priority > root.priority ? raised(root, 'right', 'left') : measured(root);
}

/** The child takes the place of its parent. */
function raised<T>(parent: Node<T>, side: 'left' | 'right', other: 'left' | 'right'): Node<T> {
  const child = parent[side] as Node<T>;
  parent[side] = child[other];
  child[other] = measured(parent);
  return measured(child);
}

function removed<T>(root: Node<T> | undefined, node: Node<T>): Node<T> | undefined {
  if (!root) return undefined;
  if (root === node) return joined(root.left, root.right);
  if (compare(node.low, node.high, root) < 0) root.left = removed(root.left, node);
  else root.right = removed(root.right, node);
  return measured(root);
}

/** All of `left` is below all of `right`. */
function joined<T>(left: Node<T> | undefined, right: Node<T> | undefined): Node<T> | undefined {
  if (!left || !right) return left ?? right;
  if (left.priority > right.priority) {
    left.right = joined(left.right, right);
    return measured(left);
  }
  right.left = joined(left, right.left);
  return measured(right);
}

function measured<T>(node: Node<T>): Node<T> {
  let { high } = node;
  if (node.left && node.left.maxHigh > high) high = node.left.maxHigh;
  if (node.right && node.right.maxHigh > high) high = node.right.maxHigh;
  node.maxHigh = high;
  return node;
}
