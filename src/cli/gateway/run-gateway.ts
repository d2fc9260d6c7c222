/**
 * A gateway in this process: alone, or as a worker of a primary.
 */
import { flightFolder, workerFolder } from '../../core/files/paths.ts';
import { lockState } from '../../core/files/state-lock.ts';
import type { Log } from '../../core/log/log.ts';
import { shareCores } from '../../core/threads/own-cores.ts';
import { systemClock } from '../../core/time/clock.ts';
import { announceGateway } from '../../gateway/announce-gateway.ts';
import { type Gateway, startGateway } from '../../gateway/gateway.ts';
import { publishGateway } from '../../gateway/gateway-address.ts';
import { type CloudPlace, type GatewayCloud, openGatewayCloud } from '../../gateway/gateway-cloud.ts';
import type { MqttBridge } from '../../gateway/mqtt/bridge.ts';
import type { WorkerNews } from '../../gateway/workers/messages.ts';
import { moveQueues } from '../../gateway/workers/move-queues.ts';
import type { PrimaryLink } from '../../gateway/workers/primary-link.ts';
import { cloudSettingsOf, describeCloud } from '../terminal/cloud-option.ts';
import { exitWithin, GATEWAY_SHUTDOWN_MS } from '../terminal/exit.ts';
import { chooseResponder, type OpenResponder } from '../terminal/gateway-responder.ts';
import { inspectorFor } from '../terminal/inspect-options.ts';
import { limitsOf } from '../terminal/limit-options.ts';
import { drainSignal, stateOf } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { certificateOf, webSettingsOf } from '../terminal/web-options.ts';
import { type GatewayCommandOptions, proxiesOf } from './gateway-options.ts';
import { gatewayTracing } from './gateway-tracing.ts';
import { mqttSettingsOf } from './mqtt-option.ts';

/** The worker before this one, in the same folder, may still end. */
const WORKER_LOCK_PATIENCE_MS = 5_000;

export async function runGateway(options: GatewayCommandOptions, log: Log, primary?: PrimaryLink): Promise<void> {
  if (primary) shareCores(primary.place.workers);
  const openResponder = await chooseResponder(options);
  const { host, port } = options;
  const limits = limitsOf(options);
  const proxies = proxiesOf(options);
  const certificate = await certificateOf(options, log);
  const cloudSettings = cloudSettingsOf(options);
  const common = stateOf(options);
  const state = primary ? workerFolder(common, primary.place.slot) : common;
  const unlockState = lockState({
    ...{ state, roles: ['gateway'], command: 'earshot gateway', clock: systemClock, log },
    ...(primary && { patienceMs: WORKER_LOCK_PATIENCE_MS }),
  });
  const shared = primary?.place.embedded && { ...primary.place.embedded, url: primary.cloudUrl };
  if (!primary) moveQueues(common, 0);
  const cloud = openGatewayCloud({
    ...{ state, isOpen: options.open ?? false, limits, log, ...cloudSettings },
    ...(shared && { shared }),
  });
  let mqtt: MqttBridge | undefined;
  const tracing = await gatewayTracing(options, log);
  try {
    mqtt = await openMqtt(options, cloud, log, primary);
    const inspector = await inspectorFor(options, { folder: flightFolder(state), role: 'gateway' }, log);
    const answering = await openResponder({ cloud, state, limits, log, inspector });
    try {
      const { responder, voice, assistant, onNotification } = answering;
      const gateway = await startGateway({
        host,
        port,
        responder,
        cloud,
        limits,
        proxies,
        certificate,
        web: { state: common, ...webSettingsOf(options) },
        log,
        ...(primary && { fromPrimary: primary }),
        ...(voice && { voice }),
        ...(onNotification && { onNotification }),
        ...(inspector && { inspector }),
        ...(mqtt && { readMetrics: mqtt.readMetrics }),
        tracing,
        ...(assistant && { providers: assistant.providers, endpointing: assistant.endpointing }),
      });
      const unpublish = primary ? undefined : publishGateway(common, gateway.webUrl);
      try {
        const news = newsOf(gateway, answering);
        if (primary) {
          primary.ready(news);
          await primary.toDrain;
        } else {
          const stopAnnouncing = await announceIn(options, news, common, log);
          await tell(news, cloud.place, options);
          await drainSignal();
          stopAnnouncing();
        }
        // Without its primary, a worker gets no connections: its devices connect again elsewhere.
        await Promise.race([gateway.drain(options.drainTimeout * 1_000), ...(primary ? [primary.gone] : [])]);
        exitWithin(GATEWAY_SHUTDOWN_MS);
      } finally {
        unpublish?.();
        await gateway.close();
      }
    } finally {
      await answering.close();
      await inspector?.close();
    }
  } finally {
    await mqtt?.close();
    await tracing?.close();
    await cloud.close();
    certificate?.close();
    unlockState();
    primary?.leave();
  }
}

function newsOf({ url, webUrl }: Gateway, { name, assistant }: OpenResponder): WorkerNews {
  return { url, web: webUrl, responder: name, ...(assistant && { assistant: assistant.inUse }) };
}

/** Of several processes the first one has it. */
async function openMqtt(
  options: GatewayCommandOptions,
  { address: { url, gatewayKey, tenant } }: GatewayCloud,
  log: Log,
  primary?: PrimaryLink,
): Promise<MqttBridge | undefined> {
  const settings = mqttSettingsOf(options, process.env);
  if (!settings || (primary && primary.place.slot !== 1)) return undefined;
  const { openMqttBridge } = await import('../../gateway/mqtt/bridge.ts');
  return await openMqttBridge({ ...settings, cloud: { url, gatewayKey, tenant }, clock: systemClock, log });
}

/** In the network. @returns says goodbye */
export function announceIn(options: GatewayCommandOptions, { url }: WorkerNews, state: string, log: Log) {
  const { host, mdns, publicUrl } = options;
  return announceGateway({
    ...{ choice: mdns, host, url, state, clock: systemClock, log },
    ...(publicUrl !== undefined && { publicUrl: new URL(publicUrl) }),
  });
}

/** Tells the person, or the program, that has started it. */
export async function tell(
  { url, web, responder, assistant }: WorkerNews,
  place: CloudPlace,
  { json }: Pick<GatewayCommandOptions, 'json'>,
): Promise<void> {
  if (json) {
    const cloud = place.kind === 'deployment' ? place.url : 'embedded';
    return printJson({ url, web, responder, ...(assistant !== undefined && { assistant }), cloud });
  }
  printLine(`gateway at ${url}, responder ${responder}; Ctrl-C to stop`);
  printLine(await describeCloud(place));
  printLine(`talk at ${web}/talk/; for the console: earshot console`);
}
