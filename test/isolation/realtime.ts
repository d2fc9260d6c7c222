/**
 * Two conversations with a Realtime server, over real sockets: turns, pings, a connection that breaks, a server that refuses one and
 * that falls silent, and a conversation that nobody continues.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createRealtime } from '../../actors/assistant/openai-realtime/realtime.ts';
import type { UtteranceDecoders } from '../../actors/assistant/recognition/utterance-decoder.ts';
import { defaultProfile } from '../../src/core/device-profile.ts';
import type { Log } from '../../src/core/log/log.ts';
import { startPeer } from '../assistant-peer/peer.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario } from './scenario.ts';

const TIMEOUT_MS = 10_000;
const PING_MS = 15_000;
const FIRST_RECONNECT_MS = 1_000;
const IDLE_MS = 10 * 60_000;
/** After a fault the next turn works. */
const ATTEMPTS = 2;
const ANSWER = 'It is noon.';
const NEVER = new AbortController().signal;
const FRAMES = Array.from({ length: 10 }, () => Uint8Array.of(8, 1, 2));

/** Each frame is silence. */
const decoders: UtteranceDecoders = {
  begin: ({ onResult }) => ({
    push: (frames) => onResult(new Int16Array(frames.length * 320)),
    async finish() {},
  }),
  async prepare() {},
  queue: () => ({ name: 'frames', depth: 0, limit: 1, sent: 0, dropped: 0 }),
  async close() {},
};

const speech = {
  speak: async () => ({ samples: new Int16Array(6_400), sampleRateHz: 16_000 }),
  recognise: async () => 'what time is it',
  async close() {},
};

interface Asked {
  startMs: number;
  text: string;
  outcome: 'answered' | 'failed' | undefined;
}

async function run(outerLog: Log): Promise<string[]> {
  const clock = createVirtualClock();
  let failures = 0;
  let reconnections = 0;
  const log: Log = {
    ...outerLog,
    error(message, fields) {
      failures += 1;
      outerLog.error(message, fields);
    },
    debug(message, fields) {
      if (message === 'a Realtime connection is made again') reconnections += 1;
      outerLog.debug(message, fields);
    },
  };
  const peer = await startPeer({ speech, rules: [{ heard: /time/, say: ANSWER }] });
  const model = createRealtime(
    { url: peer.url, model: 'realtime', key: () => peer.key, timeoutMs: TIMEOUT_MS },
    { clock, log, modelsFolder: '', reportUsage() {} },
    decoders,
  );
  // The sockets are real, so the time is, too, while something is expected from them.
  const goOn = async () => {
    await sleep(2);
    await clock.run(2);
  };

  function ask(name: string): Asked {
    const asked: Asked = { startMs: clock.now(), text: '', outcome: undefined };
    const history = [{ role: 'person', text: `I am ${name}`, turnId: '0', atMs: 0 }] as const;
    const turn = model.begin({ device: defaultProfile(name), history, tools: [], turnId: '1', nowMs: 0 }, NEVER);
    turn.push(FRAMES, 0);
    turn.finish();
    const read = async () => {
      for await (const output of turn.output) if (output.type === 'text') asked.text += output.text;
    };
    read().then(
      () => {
        asked.outcome = 'answered';
      },
      () => {
        asked.outcome = 'failed';
      },
    );
    return asked;
  }

  const wrong: string[] = [];
  const endOf = (asked: Asked, what: string) => eventually(() => asked.outcome !== undefined, what, goOn);
  async function answered(name: string, attempts: number, begun = ask(name)): Promise<void> {
    await endOf(begun, `the end of the answer to the ${name} device`);
    if (clock.now() - begun.startMs >= TIMEOUT_MS) wrong.push(`only its time limit ended a turn of the ${name} device`);
    if (begun.text === ANSWER && begun.outcome === 'answered') return;
    if (attempts > 1) return answered(name, attempts - 1);
    wrong.push(`the ${name} device heard "${begun.text}"`);
  }
  /** Both at the same time. */
  async function bothAnswered(): Promise<void> {
    const [first, second] = [ask('first'), ask('second')];
    await answered('second', 1, second);
    await answered('first', ATTEMPTS, first);
  }

  await bothAnswered();
  await clock.run(PING_MS);
  // What comes from the server comes after its answer to the ping.
  await bothAnswered();

  peer.fail({ path: '/v1/realtime', kind: 'status', status: 503 });
  const failuresBefore = failures;
  const reconnected = (count: number) =>
    eventually(() => reconnections >= count || failures > failuresBefore, 'a lost connection is noticed', goOn);
  peer.sessions.findLast(({ items }) => items.some(({ text }) => text === 'I am first'))?.disconnect();
  await reconnected(1);
  await clock.run(FIRST_RECONNECT_MS);
  await reconnected(2);
  await clock.run(2 * FIRST_RECONNECT_MS);
  await bothAnswered();

  peer.fail({ path: 'response.create', kind: 'hang in the middle', after: 1 });
  const silent = ask('first');
  await eventually(() => silent.text !== '' || silent.outcome !== undefined, 'an answer that begins', goOn);
  await clock.run(TIMEOUT_MS);
  await endOf(silent, 'the end of an answer after which nothing comes');
  await answered('second', 1);
  // The connection of the first is closed after this: it sends no pings.
  await clock.run(IDLE_MS);
  await bothAnswered();
  await Promise.all([model.close(), peer.close()]);
  return wrong;
}

export const realtime: Scenario = {
  name: 'two conversations with a Realtime server',
  run,
  subjects: /^a Realtime conversation#1 /,
};
