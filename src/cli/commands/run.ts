import { Option } from 'commander';
import { parseGateway, tokenFor } from '../../../actors/network/gateway-address.ts';
import { dialer } from '../../../actors/network/websocket.ts';
import { errorFields } from '../../core/errors.ts';
import { holdState } from '../../core/files/hold.ts';
import { flightFolder } from '../../core/files/paths.ts';
import { systemClock } from '../../core/time/clock.ts';
import { readDeviceToken, saveDeviceToken } from '../../device/device-token.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { endWithin, SHUTDOWN_MS } from '../terminal/ending.ts';
import { inspectorFor } from '../terminal/inspect-options.ts';
import { lineSound } from '../terminal/line-sound.ts';
import { addLineOptions, type LineOptions, openLog, stateOf, tokenOption } from '../terminal/options.ts';
import { type Ending, leave, talk } from '../terminal/run-daemon.ts';

const define: DefineCommand = (command) => {
  command
    .addOption(
      new Option('--gateway <url>', 'the gateway, like ws://127.0.0.1:4433 or wss://example.org/voice')
        .env('EARSHOT_GATEWAY')
        .makeOptionMandatory(),
    )
    .addOption(tokenOption());
  addLineOptions(command, 'info').action(async (options: LineOptions & { gateway: string; token?: string }) => {
    const log = openLog(options);
    const sound = lineSound(options);
    const gateway = parseGateway(options.gateway);
    const state = stateOf(options);
    const letGo = holdState({ state, roles: ['device'], command: 'earshot run', clock: systemClock, log });
    let token = options.token ?? readDeviceToken(state);
    const dial = dialer({ gateway, token: tokenFor(gateway, () => token, log) });
    const onToken = (given: string) => {
      token = given;
      try {
        saveDeviceToken(state, given);
      } catch (error) {
        // It is good for as long as this runs.
        log.error('the token of this device is not saved: it must be paired again', errorFields(error));
      }
    };
    const inspector = await inspectorFor(options, { folder: flightFolder(state), role: 'device' }, log);
    const onEnding = (exitCode: number) => endWithin(SHUTDOWN_MS, exitCode);
    let ending: Ending = { exitCode: 1, allCardsClosed: true };
    try {
      ending = await talk({ dial, options, sound, state, onToken, onEnding, ...(inspector && { inspector }) });
    } finally {
      await inspector?.close();
      letGo();
    }
    leave(ending);
  });
};

export default define;
