import { dialer } from '../../actors/network/websocket.ts';
import { createDiskRecorder } from '../../actors/session/disk-recorder.ts';
import { BUNDLED_RECORDING } from '../bundled.ts';
import type { DefineCommand } from '../command.ts';
import { errorInfo } from '../errors.ts';
import { startGateway } from '../gateway.ts';
import { inspectorFor } from '../inspect-options.ts';
import { addLineOptions, type LineOptions, openLog, wholeNumber } from '../options.ts';
import { addResponderOption, responderNamed } from '../responders.ts';
import { checkCards } from '../sound-check.ts';
import { recordsFolder } from '../state-folder.ts';
import { talk } from '../talk.ts';

const REPLY_FILE = 'reply.wav';

interface StartOptions extends LineOptions {
  port: number;
  responder: string;
}

const define: DefineCommand = (command) => {
  command.option('--port <n>', 'port of the gateway, 0 for any', wholeNumber(0, 65_535), 0);
  addResponderOption(command);
  addLineOptions(command, 'warn')
    .addHelpText('after', HELP)
    .action(async (options: StartOptions) => {
      const log = openLog(options);
      const responder = responderNamed(options.responder);
      const recorder = createDiskRecorder(recordsFolder(options.state), log);
      const inspector = await inspectorFor(options, log);
      const at = { host: '127.0.0.1', port: options.port };
      try {
        const gateway = await startGateway({ ...at, responder, recorder, log, ...(inspector && { inspector }) });
        try {
          const dial = dialer({ gateway: new URL(gateway.url) });
          process.exitCode = await talk(dial, await withoutCard(options), inspector);
        } finally {
          await gateway.close();
        }
      } finally {
        await inspector?.close();
      }
    });
};

const HELP = `
Without a sound card, a bundled recording is the microphone and the reply is written to ./${REPLY_FILE}.`;

/** On a machine with no sound card, files take its place, as far as the options leave it open. */
async function withoutCard(options: StartOptions): Promise<StartOptions> {
  if (options.device !== undefined || (options.input !== undefined && options.output !== undefined)) return options;
  try {
    await checkCards({ kind: 'card' }, { kind: 'card' });
    return options;
  } catch (error) {
    openLog(options).info('no sound card: files take its place', { ...errorInfo(error) });
  }
  const filled = { ...options, input: options.input ?? BUNDLED_RECORDING, output: options.output ?? REPLY_FILE };
  // Nobody presses a button for a recording, so it speaks once; on a terminal, or in the inspector, one may press to hear it again.
  return process.stdin.isTTY || options.inspect !== undefined ? filled : { ...filled, once: true };
}

export default define;
