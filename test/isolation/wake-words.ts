/**
 * Wake word engines beside each other: two at servers, two in threads; and what runs in such a thread, here without one.
 * Each hears its word, and again after a fault.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import type { OpenWakeEngine, WakeEngine } from '../../actors/listening/wake-engine.ts';
import { openWakeEngine } from '../../actors/wake/engines.ts';
import { STEP_MS, STEP_SAMPLES } from '../../actors/wake/features.ts';
import type { WakeModelFiles } from '../../actors/wake/scorer.ts';
import { TRAINED_STEPS } from '../../actors/wake/trained-head.ts';
import { startWakeThread, type WakeThread } from '../../actors/wake/wake-thread.ts';
import scoreSound, { type FromWakeThread, type ToWakeThread } from '../../actors/wake/wake-worker.ts';
import { createScope, type Scope } from '../../src/core/actor/scope.ts';
import { EarshotError, messageOf } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { type Clock, systemClock } from '../../src/core/time/clock.ts';
import { once } from '../support/in-time.ts';
import { testModel } from '../support/models.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { startWakePeer } from '../wake/wyoming-peer.ts';
import { eventually, type Scenario } from './scenario.ts';

interface Heard<Engine> {
  /** Undefined while it is being opened. */
  engine: Engine | undefined;
  words: number;
  crashes: number;
  stop(): void;
}

/** An engine in a scope, as a listener has it: opened again when it is not available, or has crashed. */
function hear<Engine extends { close(): void }>(
  open: (onWake: () => void, scope: Scope) => Promise<Engine>,
  { clock, log }: { clock: Clock; log: Log },
): Heard<Engine> {
  let end = (): void => {};
  const heard: Heard<Engine> = {
    ...{ engine: undefined, words: 0, crashes: 0 },
    stop() {
      end();
      // Also after a release that threw.
      heard.engine?.close();
    },
  };
  function start(): void {
    const scope = createScope('wake engine', {
      ...{ clock, log },
      onCrash(error) {
        log.error('an actor crashed', { part: 'engine', error: messageOf(error) });
        heard.crashes += 1;
        heard.engine = undefined;
        start();
      },
    });
    end = scope.end;
    const onWake = (): void => {
      heard.words += 1;
    };
    async function attempt(): Promise<void> {
      try {
        const engine = await open(scope.guard(onWake), scope);
        if (!scope.isOver()) heard.engine = engine;
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        if (!scope.isOver()) await attempt();
      }
    }
    scope.run(attempt);
  }
  start();
  return heard;
}

/** Any word after now. */
function nextWord<Engine>(who: Heard<Engine>, what: string, goOn: () => Promise<void>): Promise<void> {
  const before = who.words;
  return eventually(() => who.words > before, what, goOn);
}

const BLOCK_MS = 20;

async function atServers(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const [busy, other] = [await startWakePeer(), await startWakePeer()];
  /** Accepts connections, and never says anything. */
  const sockets: Socket[] = [];
  const mute = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const muteUrl = `tcp://127.0.0.1:${(mute.address() as AddressInfo).port}`;

  const openAt = (url: string) => openWakeEngine(`wyoming:${url}?refractoryMs=0`, { modelsFolder: '/nowhere' });
  let opened = 0;
  const muteAtFirst: OpenWakeEngine = (onWake, scope) => {
    opened += 1;
    return openAt(opened === 1 ? muteUrl : busy.url)(onWake, scope);
  };
  let atMs = 0;
  const push = ({ engine }: Heard<WakeEngine>): void => {
    const loud = new Int16Array(BLOCK_MS * 16).fill(30_000);
    atMs += BLOCK_MS;
    engine?.push(loud, atMs);
  };
  const hears = (who: Heard<WakeEngine>, what: string) =>
    nextWord(who, what, async () => {
      push(who);
      await clock.run(BLOCK_MS);
      await sleep(1);
    });

  const second = hear(openAt(other.url), { clock, log });
  await hears(second, 'the word of the second engine');
  const first = hear(muteAtFirst, { clock, log });
  await eventually(
    () => opened > 1,
    'the mute server is given up',
    async () => {
      await clock.run(100);
      await sleep(1);
    },
  );
  await hears(first, 'the word of the first engine');
  await hears(second, 'the next word of the second engine');
  await hears(first, 'the next word of the first engine');
  const wrong = second.crashes > 0 ? ['the second engine was affected'] : [];
  first.stop();
  await eventually(
    () => busy.connections() === 0,
    'the end of the first connection',
    () => sleep(1),
  );
  if (other.connections() !== 1) wrong.push('the second connection was closed');
  second.stop();
  for (const socket of sockets) socket.destroy();
  mute.close();
  await Promise.all([busy.close(), other.close()]);
  return [...wrong, ...busy.violations, ...other.violations];
}

/** The real features, and a head that always hears its word. */
async function withModels<Result>(work: (models: WakeModelFiles) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-isolated-wake-'));
  const head = join(folder, 'word.json');
  const weights = Array.from({ length: TRAINED_STEPS * 96 }, () => 0);
  const word = { format: 'earshot wake word', version: 1, phrase: 'word', threshold: 0.5, phraseMs: 500, training: {} };
  writeFileSync(head, JSON.stringify({ ...word, bias: 9, weights }));
  try {
    return await work({ ...(await testModel('wake:features')), head });
  } finally {
    await removeFolder(folder);
  }
}

function inThreads(log: Log): Promise<string[]> {
  return withModels(async (models) => {
    let failures = 0;
    const debug: Log['debug'] = (message) => {
      if (message === 'the thread of the wake word failed as it ended') failures += 1;
    };
    const open = (onWake: () => void, scope: Scope) => startWakeThread(models, onWake, scope);
    const options = { clock: systemClock, log: { ...log, debug } };
    const [first, second] = [hear<WakeThread>(open, options), hear<WakeThread>(open, options)];
    let atMs = 0;
    const hears = (who: typeof first, what: string) =>
      nextWord(who, what, async () => {
        atMs += STEP_MS;
        who.engine?.push(new Int16Array(STEP_SAMPLES), atMs);
        await sleep(2);
      });
    for (let word = 1; word <= 3; word += 1) {
      for (const each of [second, first]) await hears(each, `the ${word}. word of both`);
    }
    if (first.crashes === 0) {
      // A step longer than the model's input: the thread fails.
      first.engine?.push(new Int16Array(100_000), 0);
      first.engine?.close();
      await eventually(
        () => failures > 0,
        'the end of the thread',
        () => sleep(2),
      );
    }
    await hears(second, 'the last word of the second');
    if (first.crashes > 0) await hears(first, 'the word of the first after its fault');
    for (const each of [first, second]) each.stop();
    return second.crashes > 0 ? ['the second engine was affected'] : [];
  });
}

/** The task of a thread, with the other end of its port. */
function startTask(models: WakeModelFiles, log: Log) {
  const { port1, port2 } = new MessageChannel();
  const task = { scores: 0, isReady: false, isOver: false, hasCrashed: false };
  port1.on('message', ({ kind }: FromWakeThread) => {
    if (kind === 'ready') task.isReady = true;
    if (kind === 'score') task.scores += 1;
  });
  const say = (message: ToWakeThread) => port1.postMessage(message);
  scoreSound({ port: port2, models })
    .catch((error: unknown) => {
      task.hasCrashed = true;
      log.error('a task failed', { part: 'the task of a thread', error: messageOf(error) });
    })
    .finally(() => {
      task.isOver = true;
      // As when a thread ends.
      port1.close();
    });
  return { task, say };
}

function withoutThreads(log: Log): Promise<string[]> {
  return withModels(async (models) => {
    const goOn = () => sleep(1);
    const startReady = async () => {
      const started = startTask(models, log);
      await eventually(() => started.task.isReady || started.task.isOver, 'a task is ready', goOn);
      return started;
    };
    const score = async ({ task, say }: Awaited<ReturnType<typeof startReady>>, steps: number) => {
      for (let step = 1; step <= steps; step += 1) {
        say({ kind: 'step', samples: new Int16Array(STEP_SAMPLES), atMs: step * STEP_MS });
      }
      await eventually(() => task.scores >= steps || task.hasCrashed, 'the scores', goOn);
    };
    // The subject is the first to have a scope.
    const first = await startReady();
    const second = await startReady();
    for (const each of [first, second]) await score(each, 5);
    const wrong = second.task.scores === 5 ? [] : ['the second task was affected'];
    if (first.task.hasCrashed) {
      const next = await startReady();
      await score(next, 5);
      if (next.task.scores !== 5) wrong.push('there is no task after the fault');
      next.say({ kind: 'close' });
      await eventually(() => next.task.isOver, 'the end of the next task', goOn);
    }
    for (const { say } of [first, second]) say({ kind: 'close' });
    await eventually(() => first.task.isOver && second.task.isOver, 'the end of both tasks', goOn);
    return wrong;
  });
}

// What belongs to the test itself is in the same scope.
const OF_FIRST_ENGINE = /^wake engine#1 .* actors\/wake\//;

export const wakeWords: Scenario[] = [
  // The second engine starts first.
  { name: 'two wake word engines at servers', run: atServers, subjects: /^wake engine#2 .* actors\/wake\// },
  { name: 'two wake word engines in threads', run: inThreads, subjects: OF_FIRST_ENGINE },
  {
    name: 'two tasks of threads that score a wake word',
    run: withoutThreads,
    // Not the end of the port, which only resolves.
    subjects: /^the thread of the wake word#1 callback handle /,
  },
];
