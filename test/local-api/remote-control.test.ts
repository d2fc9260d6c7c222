/**
 * What a gateway may do with a device from afar: the rules, and a whole daemon whose gateway the test plays. No microphone is opened from afar
 * unless the owner allows it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractLogic } from '../../machines/adapter/contract-logic.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { AudioHosting } from '../../src/device/audio/choose-host.ts';
import { createDaemon, type Daemon } from '../../src/device/daemon.ts';
import { muterAfter } from '../../src/device/remote-control.ts';
import { CONTROL_ACTIONS, type ControlAction, type Muter } from '../../src/protocol/remote-control.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { fakeDial } from '../support/fake-socket.ts';
import fc from '../support/fast-check.ts';

describe('who has muted it', () => {
  const wish = fc.record({ muted: fc.boolean(), by: fc.constantFrom<Muter>('person', 'gateway') });

  test('after any wishes: the person’s last one counts, and the gateway’s only where the person has not muted', () => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 30 }), (wishes) => {
        let muter: Muter | undefined;
        for (const each of wishes) muter = muterAfter(muter, each);
        const persons = wishes.findLastIndex(({ by }) => by === 'person');
        if (wishes[persons]?.muted) assert.equal(muter, 'person');
        else assert.equal(muter, wishes.slice(persons + 1).at(-1)?.muted ? 'gateway' : undefined);
      }),
    );
  });
});

const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 3 } as const;
const WELCOME = {
  ...{ type: 'welcome', session: 's1', resumed: false, uplinkNext: 0, audio: AUDIO },
  ...{ limits: { maxMessageBytes: 65_536, maxTurnMs: 300_000 }, serverTime: 0 },
};

/** What the audio actors are told is written down. */
function recordingHost() {
  const told: string[] = [];
  const earcons: (string | undefined)[] = [];
  const audio = {
    threads: 'one',
    createHost: () => ({
      actor: () =>
        contractLogic(() => ({ receive: (event: { type: string }) => void told.push(event.type), stop() {} })),
      downlink() {},
      onReceiverReport() {},
      configure() {},
      playEarcon: (name?: string) => void earcons.push(name),
      measure: async () => ({ queues: [] }),
      close: async () => true,
    }),
  };
  return { audio: audio as unknown as AudioHosting, told, earcons };
}

interface House {
  daemon: Daemon;
  hello: { features?: string[] };
  /** The gateway wants this; the device has done what it does. */
  control(action: ControlAction): Promise<void>;
  /** What the device has told of its mute, in order. */
  mutes(): object[];
  told: readonly string[];
  earcons: readonly (string | undefined)[];
}

function withDevice(allowsRemotePress: boolean, work: (house: House) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (state) => {
    const { audio, told, earcons } = recordingHost();
    const { dial, last } = fakeDial();
    const daemon = createDaemon({
      ...{ dial, state, audio, allowsRemotePress, triggers: [], log: silentLog },
      microphone: { backend: 'silence' },
      speaker: { backend: 'null' },
      onNotification() {},
    });
    daemon.start();
    last().handlers.onOpen();
    last().say(WELCOME);
    const hello = last().texts.find(({ type }) => type === 'hello') as House['hello'];
    try {
      await work({
        ...{ daemon, hello, told, earcons },
        async control(action) {
          last().say({ type: 'control', action });
          await Promise.resolve();
        },
        mutes: () => last().texts.flatMap(({ type, ...fields }) => (type === 'mute' ? [fields] : [])),
      });
    } finally {
      await daemon.stop();
    }
  });
}

const state = ({ daemon }: House) => daemon.conversation.getSnapshot().value;

test('unless its owner allows it, a device says that it is not pressed from afar, and whatever comes opens no microphone', () =>
  withDevice(false, async (house) => {
    assert.ok(house.hello.features?.includes('mute'));
    assert.ok(!house.hello.features?.includes('press'));
    for (const action of [...CONTROL_ACTIONS, ...CONTROL_ACTIONS]) {
      await house.control(action);
      assert.equal(state(house), 'idle', action);
    }
    assert.ok(!house.told.includes('capture.start') && !house.told.includes('listener.open'));
    assert.deepEqual(house.earcons, []);
    // Nor does it end what a person says.
    house.daemon.talk.press();
    for (const action of ['press', 'release', 'cancel'] as const) await house.control(action);
    assert.equal(state(house), 'recording');
  }));

test('where it is allowed, a press begins an utterance that is told by a sound, and cancel discards it', () =>
  withDevice(true, async (house) => {
    assert.ok(house.hello.features?.includes('press'));
    await house.control('press');
    assert.equal(state(house), 'recording');
    assert.equal(house.daemon.conversation.getSnapshot().context.record?.trigger, 'remote');
    assert.deepEqual(house.earcons, ['listening']);
    // The second one ends it, and opens nothing.
    await house.control('press');
    assert.deepEqual(house.earcons, ['listening']);
    assert.ok(house.told.includes('capture.stop'));
    await house.control('cancel');
    assert.equal(state(house), 'idle');
  }));

test('a gateway mutes, and opens what it has muted; a muted device is not pressed; what it tells is true', () =>
  withDevice(true, async (house) => {
    assert.deepEqual(house.mutes(), [{ muted: false }]);
    await house.control('mute');
    assert.equal(house.daemon.muted, true);
    assert.ok(house.told.includes('listener.mute'));
    await house.control('press');
    assert.equal(state(house), 'idle');
    await house.control('unmute');
    assert.equal(house.daemon.muted, false);
    assert.deepEqual(house.mutes(), [{ muted: false }, { muted: true, by: 'gateway' }, { muted: false }]);
    await house.control('press');
    assert.equal(state(house), 'recording');
    await house.control('mute');
    assert.equal(state(house), 'idle');
  }));

test('a person’s mute holds, also when the gateway had muted before; and the person opens what the gateway has muted', () =>
  withDevice(true, async (house) => {
    await house.control('mute');
    house.daemon.mute(true);
    await house.control('unmute');
    assert.equal(house.daemon.muted, true);
    assert.deepEqual(house.mutes().at(-1), { muted: true, by: 'person' });
    house.daemon.mute(false);
    await house.control('mute');
    house.daemon.mute(false);
    assert.equal(house.daemon.muted, false);
    assert.deepEqual(house.mutes().at(-1), { muted: false });
  }));
