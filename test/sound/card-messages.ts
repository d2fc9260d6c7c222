/** The messages between a test of sound cards and its child process (card-child.ts). */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ErrorInfo } from '../../src/core/errors.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { exitOf, inTime } from '../support/in-time.ts';

export type TestSays =
  | { do: 'list' }
  | { do: 'search'; device?: string }
  | { do: 'open'; speaker: string; microphone: string; speech: Int16Array }
  /** Plays this many very short replies, one after the other, each on its own speaker. */
  | { do: 'replies'; speaker: string; count: number }
  | { do: 'leave'; exitCode: number };

export interface ChildSays {
  failed?: ErrorInfo;
  names?: string[];
  found?: { names: string[]; input: string; output: string };
  open?: { speaker: string; microphone: string };
  heard?: Int16Array;
  overruns?: number;
  replied?: number;
  lost?: 'speaker' | 'microphone';
  error?: ErrorInfo;
}

export interface CardChild {
  tell(message: TestSays): void;
  /** The next message with this key that was not read yet. */
  hear<Key extends keyof ChildSays>(key: Key): Promise<NonNullable<ChildSays[Key]>>;
  ended(): ReturnType<typeof exitOf>;
  kill(): void;
}

/** Starts the child. Its native output is dropped. */
export function startCardChild(env: NodeJS.ProcessEnv): CardChild {
  const child: ChildProcess = endWithTests(
    fork(fileURLToPath(new URL('card-child.ts', import.meta.url)), [], {
      env,
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    }),
  );
  const unheard: ChildSays[] = [];
  let wake = (): void => {};
  child.on('message', (message: ChildSays) => {
    unheard.push(message);
    wake();
  });
  child.once('exit', () => wake());
  return {
    tell: (message) => void child.send(message),
    async hear(key) {
      for (;;) {
        const index = unheard.findIndex((message) => message[key] !== undefined);
        const value = unheard.splice(index, index < 0 ? 0 : 1)[0]?.[key];
        if (value !== undefined) return value as NonNullable<typeof value>;
        const failure = unheard.find(({ failed }) => failed)?.failed;
        if (failure) throw new Error(`the child failed: ${failure.message}`);
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the child ended before it sent ${key}`);
        await inTime(new Promise<void>((resolve) => (wake = resolve)), `the message ${key} of the child`);
      }
    },
    ended: () => exitOf(child),
    kill: () => void child.kill('SIGKILL'),
  };
}
