import { hostname } from 'node:os';
import { isatty } from 'node:tty';
import { v7 as uuidv7 } from 'uuid';
import { dialer } from '../../../actors/network/websocket.ts';
import { audioBackends, parseMicrophone, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { api } from '../../../convex/_generated/api.js';
import { errorFields } from '../../core/errors.ts';
import { BUNDLED_QUESTION, BUNDLED_RECORDING } from '../../core/files/bundled.ts';
import { STDIN_FD } from '../../core/files/descriptors.ts';
import { flightFolder } from '../../core/files/paths.ts';
import { lockState } from '../../core/files/state-lock.ts';
import { systemClock } from '../../core/time/clock.ts';
import type { SayAnnouncement } from '../../device/local-api/commands.ts';
import { checkSound } from '../../device/sound-check.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { publishGateway } from '../../gateway/gateway-address.ts';
import { openGatewayCloud } from '../../gateway/gateway-cloud.ts';
import { withCloud } from '../../gateway/operator.ts';
import { ASSISTANT } from '../../gateway/responders.ts';
import type { Inspector } from '../../observability/inspect/inspector.ts';
import type { GatewayTracing } from '../../observability/tracing/open-tracing.ts';
import { gatewayTracing } from '../gateway/gateway-tracing.ts';
import { type AssistantOptions, addAssistantOptions } from '../terminal/assistant-options.ts';
import { audioDevices } from '../terminal/audio-devices.ts';
import { namesCard } from '../terminal/card-options.ts';
import { addCloudOption, type CloudOption, cloudSettingsOf, describeCloud } from '../terminal/cloud-option.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { exitWithin, SHUTDOWN_MS } from '../terminal/exit.ts';
import { chooseResponder, type OpenResponder } from '../terminal/gateway-responder.ts';
import { addHomeAssistantOptions, type HomeAssistantOptions } from '../terminal/home-assistant-options.ts';
import { inspectorFor } from '../terminal/inspect-options.ts';
import { addLimitOptions, type LimitOptions, limitsOf } from '../terminal/limit-options.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { optionGroup } from '../terminal/option-group.ts';
import { addSessionOptions, openLog, type SessionOptions, stateOf } from '../terminal/options.ts';
import { printMessage } from '../terminal/output.ts';
import { addResponderOption } from '../terminal/responder-option.ts';
import { type DaemonExit, exitProcess, runDaemon } from '../terminal/run-daemon.ts';

/** As long as `earshot say` waits by default for the device. */
const SAY_EXPIRES_MS = 600_000;
const REPLY_FILE = 'reply.wav';

interface StartOptions extends SessionOptions, CloudOption, LimitOptions, AssistantOptions, HomeAssistantOptions {
  port: number;
  responder: string;
}

const define: DefineCommand = (command) => {
  addSessionOptions(command, 'warn');
  optionGroup(command, 'Gateway:', () => {
    addResponderOption(command);
    addAssistantOptions(command);
    command.option('--port <n>', 'port of the gateway, 0 for any', wholeNumber(0, 65_535), 0);
    addLimitOptions(command);
    addCloudOption(command);
    addHomeAssistantOptions(command);
  });
  command.addHelpText('after', HELP).action(async (given: StartOptions) => {
    const options = await withoutCard(given);
    const sound = audioDevices(options);
    const log = openLog(options);
    const openResponder = await chooseResponder(options);
    const limits = limitsOf(options);
    const cloudSettings = cloudSettingsOf(options);
    const state = stateOf(options);
    const roles = ['device', 'gateway'] as const;
    const unlockState = lockState({ state, roles, command: 'earshot start', clock: systemClock, log });
    const cloud = openGatewayCloud({ state, isOpen: true, ...cloudSettings, limits, log });
    if (!options.json) printMessage(await describeCloud(cloud.place));
    const at = { host: '127.0.0.1', port: options.port };
    let inspector: Inspector | undefined;
    let answering: OpenResponder | undefined;
    let tracing: GatewayTracing | undefined;
    let ending: DaemonExit = { exitCode: 1, allCardsClosed: true, hasReply: false };
    try {
      inspector = await inspectorFor(options, { folder: flightFolder(state), role: 'device' }, log);
      const watched = inspector ? { inspector } : {};
      answering = await openResponder({ cloud, state, limits, log, inspector });
      const { responder, voice, onNotification } = answering;
      tracing = await gatewayTracing(options, log);
      const gateway = await startGateway({
        ...at,
        responder,
        cloud,
        limits,
        web: { state },
        log,
        ...watched,
        ...(voice && { voice }),
        ...(onNotification && { onNotification }),
        tracing,
      });
      const unpublish = publishGateway(state, gateway.webUrl);
      try {
        const onShutdown = (exitCode: number) => exitWithin(SHUTDOWN_MS, exitCode);
        const dial = dialer({ gateway: new URL(gateway.url) });
        ending = await runDaemon({
          dial,
          options,
          sound,
          state,
          say: sayBy(state, options.name),
          onShutdown,
          ...watched,
        });
      } finally {
        unpublish();
        await gateway.close();
      }
    } finally {
      await answering?.close();
      await tracing?.close();
      await inspector?.close();
      await cloud.close();
      unlockState();
    }
    const replyFile = audioBackends.fileOf(sound.speaker);
    if (ending.hasReply && !options.json && replyFile !== undefined && replyFile !== '-') {
      printMessage(`the reply is in ${replyFile}; any audio player plays it: aplay ${replyFile}`);
    }
    exitProcess(ending);
  });
};

const HELP = `
Without a sound card, the input is a bundled recording (“What time is it?”) and the reply is written to ./${REPLY_FILE}.`;

/** The gateway is in this process, so whoever may use the device's local API may use its operator's key. */
function sayBy(state: string, name = hostname()): SayAnnouncement {
  return async ({ text, priority }) => {
    const id = uuidv7();
    const expiresInMs = SAY_EXPIRES_MS;
    await withCloud(state, ({ client }) =>
      client.mutation(api.announcements.say, { device: name, id, text, priority, expiresInMs }),
    );
    return { id };
  };
}

/** Without a sound card, uses files for the microphone and speaker that the options do not set. */
async function withoutCard(options: StartOptions): Promise<StartOptions> {
  if (namesCard(options) || (options.input !== undefined && options.output !== undefined)) return options;
  try {
    await checkSound(parseMicrophone(undefined), parseSpeaker(undefined));
    return options;
  } catch (error) {
    openLog(options).info('no sound card: using files instead', errorFields(error));
  }
  const recording = options.responder === ASSISTANT ? BUNDLED_QUESTION : BUNDLED_RECORDING;
  const filled = { ...options, input: options.input ?? recording, output: options.output ?? REPLY_FILE };
  // A recording starts its turn itself, so one turn is enough; a terminal or the inspector can start more.
  return isatty(STDIN_FD) || options.inspect !== undefined ? filled : { ...filled, once: true };
}

export default define;
