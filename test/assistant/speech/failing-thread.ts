/** A thread of a pool that fails as it is told, in its first attempt. */
import { existsSync, writeFileSync } from 'node:fs';

export interface FailingTask {
  how: 'never' | 'exit' | 'throw' | 'hang' | 'slow';
  /** Exists when there was an attempt. */
  flag: string;
  isForever?: boolean;
}

export default async function work({ how, flag, isForever = false }: FailingTask): Promise<string> {
  const isFirst = !existsSync(flag);
  writeFileSync(flag, '');
  if (how === 'slow') await new Promise((resolve) => setTimeout(resolve, 100));
  if (isFirst || isForever) {
    if (how === 'exit') process.exit(1);
    if (how === 'throw') throw new Error('it broke');
    if (how === 'hang') for (;;);
  }
  return 'done';
}
