import { Option } from 'commander';
import { errorFields } from '../../core/errors.ts';
import { flightFolder } from '../../core/files/paths.ts';
import { lockState } from '../../core/files/state-lock.ts';
import { systemClock } from '../../core/time/clock.ts';
import { forgetDeviceToken } from '../../device/device-token.ts';
import { audioDevices } from '../terminal/audio-devices.ts';
import { chooseGateway, type GatewayChoice } from '../terminal/choose-gateway.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { exitWithin, SHUTDOWN_MS } from '../terminal/exit.ts';
import { inspectorFor } from '../terminal/inspect-options.ts';
import { addSessionOptions, openLog, type SessionOptions, stateOf, tokenOption } from '../terminal/options.ts';
import { type DaemonExit, exitProcess, runDaemon } from '../terminal/run-daemon.ts';

interface RunOptions extends SessionOptions, GatewayChoice {
  pairAgain?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .addOption(
      new Option(
        '--gateway <url>',
        'the gateway, like ws://127.0.0.1:4433 or wss://example.org/voice (default: the one in this network)',
      ).env('EARSHOT_GATEWAY'),
    )
    .addOption(tokenOption().conflicts('pairAgain'))
    .option('--pair-again', 'delete the token of this device, and show a new pairing code');
  addSessionOptions(command, 'info').action(async (options: RunOptions) => {
    const log = openLog(options);
    const sound = audioDevices(options);
    const state = stateOf(options);
    const unlockState = lockState({ state, roles: ['device'], command: 'earshot run', clock: systemClock, log });
    if (options.pairAgain) forgetDeviceToken(state);
    const gateway = await chooseGateway(options, state, log).catch((error) => {
      unlockState();
      throw error;
    });
    const { dial } = gateway;
    const onToken = (given: string) => {
      try {
        gateway.onToken(given);
      } catch (error) {
        // The token stays valid while this process runs.
        log.error(
          "the device's token could not be saved: after a restart the device must be paired again",
          errorFields(error),
        );
      }
    };
    const inspector = await inspectorFor(options, { folder: flightFolder(state), role: 'device' }, log);
    const onShutdown = (exitCode: number) => exitWithin(SHUTDOWN_MS, exitCode);
    let ending: DaemonExit = { exitCode: 1, allCardsClosed: true, hasReply: false };
    try {
      ending = await runDaemon({ dial, options, sound, state, onToken, onShutdown, ...(inspector && { inspector }) });
    } finally {
      await inspector?.close();
      unlockState();
    }
    exitProcess(ending);
  });
};

export default define;
