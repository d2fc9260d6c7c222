/**
 * The processes of a load test, as one: what they are asked to do, all do; what they measure adds up.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { EarshotError } from '../../core/errors.ts';
import { noMeasures, sumOfMeasures } from './measures.ts';
import type { FromPart, PartSettings, PartState, PartTask, ToPart } from './part.ts';

export interface Parts {
  readonly connected: number;
  resize(devices: number): Promise<void>;
  talk(plan: Extract<PartTask, { do: 'talk' }>['plan']): Promise<void>;
  /** False: not within this time. */
  quiet(withinMs: number): Promise<boolean>;
  cut(share: number): Promise<void>;
  /** Of all parts together, since the last call. The parts tell several times a second. */
  take(): PartState;
  close(): Promise<void>;
}

/** @param program the path of the `earshot` program, whose command `load --part` is a part. @throws EarshotError (by rejection) */
export async function openParts(settings: Omit<PartSettings, 'part'>, program = process.argv[1] ?? ''): Promise<Parts> {
  const parts = Array.from({ length: settings.parts }, () => startPart(program));
  const all = (task: PartTask) => Promise.all(parts.map((part) => part.perform(task)));
  const close = async () => void (await Promise.all(parts.map((part) => part.end())));
  try {
    await Promise.all(parts.map((each, part) => each.perform({ do: 'open', settings: { ...settings, part } })));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get connected() {
      return parts.reduce((total, part) => total + part.connected, 0);
    },
    resize: async (devices) => void (await all({ do: 'resize', devices })),
    talk: async (plan) => void (await all({ do: 'talk', plan })),
    quiet: async (withinMs) => (await all({ do: 'quiet', withinMs })).every(Boolean),
    cut: async (share) => void (await all({ do: 'cut', share })),
    take: () => sumOfStates(parts.map((part) => part.take())),
    async close() {
      // The devices say good-bye.
      await all({ do: 'close' }).finally(close);
    },
  };
}

interface Part {
  readonly connected: number;
  /** Whether it is quiet, if that was the task. */
  perform(task: PartTask): Promise<boolean>;
  take(): PartState;
  /** Resolves when the process has ended. */
  end(): Promise<void>;
}

/** The devices have said good-bye before; nothing is left to do. */
const END_PATIENCE_MS = 10_000;
const NOTHING = { connected: 0, talking: 0, unconfirmed: 0, residentBytes: 0, cpuMs: 0 };

function startPart(program: string): Part {
  const child: ChildProcess = fork(program, ['load', '--part'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(isQuiet: boolean): void; reject(error: EarshotError): void }>();
  let state: PartState = { measures: noMeasures(), ...NOTHING };
  let requests = 0;
  let failure: EarshotError | undefined;

  function fail(how: string): void {
    const hint = 'Is there enough memory for so many devices? Try fewer --devices.';
    failure = new EarshotError('internal', `A process of the load test ended: ${how}`, hint);
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  }

  child.on('message', (message: FromPart) => {
    if (message.type === 'measured') {
      state = sumOfStates([
        { ...message.state, cpuMs: message.state.cpuMs + state.cpuMs },
        { ...state, ...NOTHING },
      ]);
      return;
    }
    const asked = waiting.get(message.request);
    waiting.delete(message.request);
    if (message.type === 'done') return asked?.resolve(message.isQuiet);
    const { code, message: text, hint } = message.error;
    asked?.reject(new EarshotError(code, text, hint));
  });
  child.on('error', ({ message }) => fail(message));
  child.on('exit', (code, signal) => fail(signal ?? `exit code ${code}`));

  return {
    get connected() {
      return state.connected;
    },
    perform: (task) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        requests += 1;
        waiting.set(requests, { resolve, reject });
        child.send({ request: requests, task } satisfies ToPart);
      }),
    take() {
      const taken = state;
      state = { ...state, measures: noMeasures(), cpuMs: 0 };
      return taken;
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (child.connected) child.disconnect();
      const patience = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS);
      await ended;
      clearTimeout(patience);
    },
  };
}

function sumOfStates(states: readonly PartState[]): PartState {
  const sum = (of: (state: PartState) => number) => states.reduce((total, state) => total + of(state), 0);
  return {
    measures: sumOfMeasures(...states.map(({ measures }) => measures)),
    connected: sum(({ connected }) => connected),
    talking: sum(({ talking }) => talking),
    unconfirmed: sum(({ unconfirmed }) => unconfirmed),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    residentBytes: sum(({ residentBytes }) => residentBytes),
  };
}
