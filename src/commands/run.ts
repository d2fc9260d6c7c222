import { Option } from 'commander';
import { dialer, parseGateway } from '../../actors/network/websocket.ts';
import type { DefineCommand } from '../command.ts';
import { inspectorFor } from '../inspect-options.ts';
import { addLineOptions, type LineOptions, openLog } from '../options.ts';
import { talk } from '../talk.ts';

const define: DefineCommand = (command) => {
  command
    .addOption(
      new Option('--gateway <url>', 'the gateway, like ws://127.0.0.1:4433 or wss://voice.example.org')
        .env('EARSHOT_GATEWAY')
        .makeOptionMandatory(),
    )
    .addOption(new Option('--token <token>', 'token of this device').env('EARSHOT_TOKEN'));
  addLineOptions(command, 'info').action(async (options: LineOptions & { gateway: string; token?: string }) => {
    const { gateway, token } = options;
    const dial = dialer({ gateway: parseGateway(gateway), ...(token === undefined ? {} : { token }) });
    const inspector = await inspectorFor(options, openLog(options));
    try {
      process.exitCode = await talk(dial, options, inspector);
    } finally {
      await inspector?.close();
    }
  });
};

export default define;
