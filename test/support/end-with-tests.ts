import type { ChildProcess } from 'node:child_process';
import { after } from 'node:test';

/** What a file does after its tests may need the program, and takes less. */
const LEFT_MS = 30_000;

const running = new Set<ChildProcess>();
// Not where a command uses what the tests use.
if (process.env.NODE_TEST_CONTEXT) {
  after(() => {
    const killAll = () => {
      for (const child of running) child.kill('SIGKILL');
    };
    setTimeout(killAll, LEFT_MS).unref();
  });
}

/** A failed test leaves its program running, and its file would wait for it for ever: it is killed some time after the last test. */
export function endWithTests<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}
