/**
 * A device that was muted is muted again before one of its actors could open the microphone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLogic } from '../../machines/adapter/contract-logic.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { AudioHosting } from '../../src/device/audio/choose-host.ts';
import { createDaemon } from '../../src/device/daemon.ts';
import { inTemporaryFolder } from '../support/cli.ts';

/** A host that writes down what it is told, in order. */
function recordingHost() {
  const told: string[] = [];
  const audio = {
    threads: 'one',
    createHost: () => ({
      actor: (name: string) =>
        contractLogic(() => {
          told.push(`start ${name}`);
          return { receive: (event: { type: string }) => void told.push(JSON.stringify(event)), stop() {} };
        }),
      downlink() {},
      onReceiverReport() {},
      configure: (sound: object) => void told.push(JSON.stringify(sound)),
      measure: async () => ({ queues: [] }),
      close: async () => true,
    }),
  };
  return { audio: audio as unknown as AudioHosting, told };
}

async function toldAtStart(state: string, muted: boolean, use = (_: ReturnType<typeof createDaemon>) => {}) {
  const { audio, told } = recordingHost();
  const daemon = createDaemon({
    dial: () => ({ send() {}, close() {}, terminate() {} }) as never,
    ...{ state, audio, muted, triggers: [], log: silentLog },
    microphone: { backend: 'silence' },
    speaker: { backend: 'null' },
    onNotification() {},
  });
  daemon.start();
  use(daemon);
  await daemon.stop();
  return told;
}

test('the gate is closed before the first actor of the audio starts, and the machine knows', () =>
  inTemporaryFolder(async (state) => {
    await toldAtStart(state, false, (daemon) => daemon.mute(true));
    const told = await toldAtStart(state, false);
    assert.equal(told[0], '{"muted":true,"volumePercent":100}');
    assert.ok(told.includes('{"type":"listener.mute","muted":true}'));
    assert.ok(!told.includes('{"type":"listener.open"}'));
    await toldAtStart(state, false, (daemon) => daemon.mute(false));
    assert.equal((await toldAtStart(state, false))[0], '{"muted":false,"volumePercent":100}');
  }));

test('--muted mutes, whatever was stored, and is remembered', () =>
  inTemporaryFolder(async (state) => {
    assert.equal((await toldAtStart(state, true))[0], '{"muted":true,"volumePercent":100}');
    assert.equal((await toldAtStart(state, false))[0], '{"muted":true,"volumePercent":100}');
  }));
