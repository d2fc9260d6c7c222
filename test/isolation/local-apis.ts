/**
 * Two local APIs with clients on real sockets and commands on events; their clock is simulated.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import type { Log } from '../../src/core/log/log.ts';
import { attachLocalApi } from '../../src/device/local-api/attach.ts';
import { parseHook } from '../../src/device/local-api/hooks.ts';
import { createLocalEvents } from '../../src/device/local-api/local-events.ts';
import { ask, type EventClient, follow } from '../local-api/api.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario } from './scenario.ts';

async function run(log: Log): Promise<string[]> {
  const parent = mkdtempSync(join(tmpdir(), 'earshot-local-apis-'));
  const clock = createVirtualClock();
  const goOn = async () => {
    await clock.run(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  const [first, second] = ['first', 'second'].map((name) => {
    const settings = { muted: false, volumePercent: 100, listening: PUSH_TO_TALK };
    const events = createLocalEvents(settings, () => {});
    let presses = 0;
    const target = {
      state: events.state,
      press: () => void presses++,
      ...{ release() {}, cancel() {}, mute() {}, setVolume() {}, listen() {} },
    };
    const path = join(parent, `${name}.sock`);
    const hooks = [parseHook('state=true')];
    const detach = attachLocalApi({
      socket: { path },
      hooks,
      events,
      target,
      readMetrics: async () => [],
      onLevelsWanted() {},
      clock,
      log,
    });
    return { detach, where: { socketPath: path }, events, presses: () => presses };
  });
  if (!first || !second) return [];

  /** Follows until an event arrives; after a crash it connects again. */
  async function isFollowed({ where, events }: NonNullable<typeof first>, what: string): Promise<EventClient> {
    let client: EventClient | undefined;
    let isTold = false;
    let isTrying = false;
    const look = async () => {
      isTrying = true;
      try {
        client = await follow(where, '/v1/events?types=state');
        await client.next('state');
        isTold = true;
      } catch {
        // It has crashed, or does not listen yet.
      }
      isTrying = false;
    };
    await eventually(
      () => isTold,
      what,
      async () => {
        if (!isTrying) void look();
        events.note({ type: 'state.entered', state: 'idle', turn: 1 });
        await goOn();
      },
    );
    return client as unknown as EventClient;
  }

  const wrong: string[] = [];
  const beside = await isFollowed(second, 'the second one is followed');
  let isCutOff = false;
  beside.response.on('close', () => {
    isCutOff = true;
  });
  for (const what of ['at first', 'again']) (await isFollowed(first, `the first one is followed ${what}`)).close();
  // Its keep-alive.
  await clock.run(20_000);
  (await isFollowed(first, 'the first one is followed in the end')).close();
  for (const { where, presses } of [first, second]) {
    let isDone = false;
    const press = async () => {
      isDone = await ask(where, '/v1/press', { method: 'POST' }).then(
        ({ status }) => status === 200,
        () => false,
      );
    };
    await eventually(
      () => isDone,
      'a press is taken',
      async () => {
        await press();
        await goOn();
      },
    );
    if (presses() < 1) wrong.push('a press did not reach the device');
  }
  if (isCutOff) wrong.push('a client of the second one was disconnected');
  beside.close();
  for (const { detach } of [first, second]) detach();
  await clock.run(1_000);
  await removeFolder(parent);
  return wrong;
}

export const localApis: Scenario = {
  name: 'two local APIs',
  run,
  subjects: /^(the local API|the commands of --on)#1 /,
};
