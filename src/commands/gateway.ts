import { createDiskRecorder } from '../../actors/session/disk-recorder.ts';
import type { DefineCommand } from '../command.ts';
import { startGateway } from '../gateway.ts';
import { addInspectOptions, type InspectOptions, inspectorFor } from '../inspect-options.ts';
import {
  addLogOptions,
  addStateOption,
  type LogOptions,
  openLog,
  type StateOption,
  stopSignal,
  wholeNumber,
} from '../options.ts';
import { printJson, printLine } from '../output.ts';
import { addResponderOption, responderNamed } from '../responders.ts';
import { recordsFolder } from '../state-folder.ts';

interface GatewayCommandOptions extends LogOptions, StateOption, InspectOptions {
  host: string;
  port: number;
  responder: string;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .option('--port <n>', 'port to listen on, 0 for any', wholeNumber(0, 65_535), 4433)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--json', 'print the address as JSON');
  addResponderOption(command);
  addStateOption(command);
  addInspectOptions(command);
  addLogOptions(command, 'info').action(async (options: GatewayCommandOptions) => {
    const log = openLog(options);
    const responder = responderNamed(options.responder);
    const recorder = createDiskRecorder(recordsFolder(options.state), log);
    const { host, port } = options;
    const inspector = await inspectorFor(options, log);
    const watched = inspector ? { inspector } : {};
    const gateway = await startGateway({ host, port, responder, recorder, log, ...watched });
    if (options.json) printJson({ url: gateway.url, responder: options.responder });
    else printLine(`gateway at ${gateway.url}, responder ${options.responder}; Ctrl-C to stop`);
    await stopSignal();
    await gateway.close();
    await inspector?.close();
  });
};

export default define;
