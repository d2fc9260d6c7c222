/**
 * The responder of a gateway that a command starts: chosen by the options, opened when its cloud is there. The assistant fetches its
 * models first. Where it cannot work, that is said, and the parrot answers.
 */
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import type { SessionNotification } from '../../../machines/session-context.ts';
import { describeError, EarshotError, errorInfo } from '../../core/errors.ts';
import { defaultModelsFolder } from '../../core/files/paths.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { VERSION } from '../../core/process/version.ts';
import { type Clock, systemClock } from '../../core/time/clock.ts';
import { within } from '../../core/time/within.ts';
import type { MdnsChoice } from '../../gateway/announce-gateway.ts';
import type { AssistantConfig } from '../../gateway/assistant/config.ts';
import type { ModelName } from '../../gateway/assistant/needed-models.ts';
import type { GatewayAssistant } from '../../gateway/assistant/open-assistant.ts';
import type { GatewayCloud } from '../../gateway/gateway-cloud.ts';
import { ASSISTANT, HOME_ASSISTANT, loadResponder, responderNamed } from '../../gateway/responders.ts';
import type { Inspector } from '../../observability/inspect/inspector.ts';
import { type AssistantOptions, assistantConfigOf } from './assistant-options.ts';
import { ESPHOME_PORT, type HomeAssistantOptions } from './home-assistant-options.ts';
import { printMessage } from './output.ts';
import { createProgress } from './progress.ts';

/** How long a command waits for models to load, and for connections to open. */
const PREPARATION_MS = 15_000;

export interface GatewayResponderOptions extends AssistantOptions, Partial<HomeAssistantOptions> {
  responder: string;
  mdns?: MdnsChoice;
  /** Of the assistant; default: the system's. */
  clock?: Clock;
}

interface OpenOptions {
  cloud: GatewayCloud;
  state: string;
  limits: Limits;
  log: Log;
  inspector?: Inspector | undefined;
}

export interface OpenResponder {
  /** For people and programs. */
  name: string;
  responder: Responder;
  /** Of the assistant: the providers in use, and counters of those that are not embedded. */
  assistant?: Pick<GatewayAssistant, 'inUse' | 'providers' | 'endpointing'>;
  /** For announcements and reminders, if there is one. */
  voice?: ReplyVoice;
  /** What sessions notify of. */
  onNotification?: (notification: SessionNotification) => void;
  close(): Promise<void>;
}

/** Opens it once the gateway's cloud is known. @throws EarshotError `assistant_config` */
export type OpenChosenResponder = (options: OpenOptions) => Promise<OpenResponder>;

/** @throws EarshotError `usage`, `assistant_config`, `file_not_found`, `file_unreadable` */
export async function chooseResponder(options: GatewayResponderOptions): Promise<OpenChosenResponder> {
  const { responder: name } = options;
  if (name === HOME_ASSISTANT) {
    const config = await assistantConfigOf(options);
    return (gateway) => openHomeAssistantResponder(options, config, gateway);
  }
  if (name !== ASSISTANT) {
    const responder = await loadResponder(name);
    return async () => ({ name, responder, async close() {} });
  }
  const config = await assistantConfigOf(options);
  return async (gateway) => {
    try {
      await fetchMissingModels(config);
      return await openAssistantResponder(config, gateway, options.clock);
    } catch (error) {
      if (!(error instanceof EarshotError) || error.code === 'assistant_config') throw error;
      printMessage(`earshot: the assistant cannot answer: ${describeError(errorInfo(error))}`);
      printMessage('The parrot answers instead: it repeats what you say.');
      return { name: 'parrot', responder: responderNamed('parrot'), async close() {} };
    }
  };
}

async function fetchMissingModels(config: AssistantConfig): Promise<void> {
  const { missingModels, missingOptionalModels } = await import('../../gateway/assistant/needed-models.ts');
  const folder = defaultModelsFolder();
  await fetchWithProgress(await missingModels(config, folder), folder);
  try {
    await fetchWithProgress(await missingOptionalModels(folder), folder);
  } catch (error) {
    printMessage(`earshot: devices that listen find the end of speech alone: ${describeError(errorInfo(error))}`);
  }
}

async function fetchWithProgress(missing: readonly ModelName[], folder: string): Promise<void> {
  if (missing.length === 0) return;
  const { fetchModels } = await import('../../gateway/assistant/needed-models.ts');
  printMessage(`fetching the models of the assistant (${missing.join(', ')}) into ${folder}`);
  const progress = createProgress();
  await fetchModels(missing, {
    folder,
    onProgress: ({ model, step, bytes, totalBytes }) =>
      progress.update(`${model}: ${step}`, step === 'downloading' ? bytes / totalBytes : undefined),
  }).finally(progress.end);
}

async function openHomeAssistantResponder(
  options: GatewayResponderOptions,
  config: AssistantConfig,
  gateway: OpenOptions,
): Promise<OpenResponder> {
  const { homeAssistantHost: host = '127.0.0.1', homeAssistantPort: firstPort = ESPHOME_PORT, mdns = 'auto' } = options;
  const { cloud, state, limits, log, inspector } = gateway;
  const { missingVoiceModels } = await import('../../gateway/assistant/needed-models.ts');
  const { openGatewayVoice } = await import('../../gateway/assistant/gateway-voice.ts');
  const { openSatellites } = await import('../../gateway/satellite/open-satellites.ts');
  const modelsFolder = defaultModelsFolder();
  await fetchWithProgress(await missingVoiceModels(config, modelsFolder), modelsFolder);
  const shared = { queues: inspector?.queues, clock: systemClock, log };
  const voice = await openGatewayVoice({ config, modelsFolder, limits, ...shared });
  const satellites = openSatellites({
    ...{
      host,
      firstPort,
      isPlaintext: options.homeAssistantPlaintext ?? false,
      mdns,
      cloud,
      state,
      voice,
      version: VERSION,
      ...shared,
    },
  });
  return {
    name: `${HOME_ASSISTANT} (devices at ${host}, from port ${firstPort} on)`,
    responder: satellites.responder,
    voice,
    onNotification: satellites.onNotification,
    async close() {
      await satellites.close();
      await voice.close();
    },
  };
}

async function openAssistantResponder(
  config: AssistantConfig,
  gateway: OpenOptions,
  clock = systemClock,
): Promise<OpenResponder> {
  const { cloud, state, limits, log, inspector } = gateway;
  const { openAssistant } = await import('../../gateway/assistant/open-assistant.ts');
  const { describeParts } = await import('../../gateway/assistant/parts-in-use.ts');
  const assistant = await openAssistant({
    ...{ config, cloud, state, limits, log, clock },
    modelsFolder: defaultModelsFolder(),
    ...(inspector && { onAnswer: inspector.answer, queues: inspector.queues }),
  });
  await within(assistant.prepare(), PREPARATION_MS, systemClock);
  return {
    name: `${ASSISTANT} (${describeParts(assistant.inUse)})`,
    responder: assistant.responder,
    assistant,
    voice: assistant.voice,
    close: assistant.close,
  };
}
