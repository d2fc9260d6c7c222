/** A thread of a pool that fails as it is told, in its first attempt. */
import { existsSync, writeFileSync } from 'node:fs';

export interface FailingTask {
  /** `late`: until a file `${flag}.go` exists; then there is `${flag}.done`. */
  how: 'never' | 'exit' | 'throw' | 'hang' | 'slow' | 'late';
  /** Exists when there was an attempt. */
  flag: string;
  isForever?: boolean;
}

export default async function work({ how, flag, isForever = false }: FailingTask): Promise<string> {
  const isFirst = !existsSync(flag);
  writeFileSync(flag, '');
  if (how === 'slow') await new Promise((resolve) => setTimeout(resolve, 100));
  if (how === 'late') {
    // Blocks its thread, as native code does.
    while (!existsSync(`${flag}.go`)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    writeFileSync(`${flag}.done`, '');
  }
  if (isFirst || isForever) {
    if (how === 'exit') process.exit(1);
    if (how === 'throw') throw new Error('it broke');
    if (how === 'hang') for (;;);
  }
  return 'done';
}
