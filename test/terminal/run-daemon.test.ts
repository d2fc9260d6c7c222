/**
 * The command that runs a daemon gets the first notification, however early it comes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runDaemon } from '../../src/cli/terminal/run-daemon.ts';
import { inTemporaryFolder } from '../support/cli.ts';

test('a network that fails before the daemon has started ends --once with 1', { timeout: 60_000 }, () =>
  inTemporaryFolder(async (state) => {
    const ending = await runDaemon({
      dial() {
        throw new Error('no network is like this');
      },
      state,
      sound: { microphone: { backend: 'silence' }, speaker: { backend: 'null' } },
      options: {
        once: true,
        mode: 'push',
        patience: 'normal',
        interruption: 'auto',
        inspectHost: '127.0.0.1',
        framesPerPacket: 3,
        playback: 'adaptive',
        encoder: 'adaptive',
        complexity: 5,
        echoCanceller: 'auto',
        threads: 'two',
        logLevel: 'silent',
        logFormat: 'text',
      },
    });
    assert.deepEqual(ending, { exitCode: 1, allCardsClosed: true, hasReply: false });
  }),
);
