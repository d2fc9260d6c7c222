import { InvalidArgumentError, Option } from 'commander';
import { describeError, EarshotError } from '../../core/errors.ts';
import { flightFolder } from '../../core/files/paths.ts';
import { lockState } from '../../core/files/state-lock.ts';
import { keepServingAfterErrors } from '../../core/process/uncaught.ts';
import { systemClock } from '../../core/time/clock.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { publishGateway } from '../../gateway/gateway-address.ts';
import { openGatewayCloud } from '../../gateway/gateway-cloud.ts';
import { PROXY_HEADERS, type ProxyHeaderName, type TrustedProxies, trustedProxies } from '../../server/client.ts';
import { type AssistantOptions, addAssistantOptions } from '../terminal/assistant-options.ts';
import { addCloudOption, type CloudOption, cloudSettingsOf, describeCloud } from '../terminal/cloud-option.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { exitWithin, GATEWAY_SHUTDOWN_MS } from '../terminal/exit.ts';
import { chooseResponder } from '../terminal/gateway-responder.ts';
import { addInspectOptions, type InspectOptions, inspectorFor } from '../terminal/inspect-options.ts';
import { addLimitOptions, type LimitOptions, limitsOf } from '../terminal/limit-options.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import {
  addLogOptions,
  addStateOption,
  drainSignal,
  type LogFlags,
  openLog,
  type StateOption,
  stateOf,
} from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { addResponderOption } from '../terminal/responder-option.ts';
import { addWebFlags, certificateOf, type WebFlags, webSettingsOf } from '../terminal/web-options.ts';

interface GatewayCommandOptions
  extends LogFlags,
    StateOption,
    CloudOption,
    InspectOptions,
    LimitOptions,
    AssistantOptions,
    WebFlags {
  host: string;
  port: number;
  responder: string;
  open?: boolean;
  trustProxy: string[];
  proxyHeader: ProxyHeaderName;
  drainTimeout: number;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .option('--port <n>', 'port to listen on, 0 for any', wholeNumber(0, 65_535), 4433)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--open', 'accept devices without a token, from this machine only')
    .addOption(
      new Option(
        '--trust-proxy <address>',
        'a proxy (or a network) that is believed who its client is; may be repeated',
      )
        .argParser(collectProxies)
        .default([], 'none')
        .env('EARSHOT_TRUST_PROXY'),
    )
    .addOption(
      new Option('--proxy-header <header>', 'how trusted proxies name their client; proxy-protocol: version 2')
        .choices(PROXY_HEADERS)
        .default('x-forwarded-for')
        .env('EARSHOT_PROXY_HEADER'),
    )
    .addOption(
      new Option('--drain-timeout <seconds>', 'how long turns under way may last after SIGTERM or Ctrl-C')
        .argParser(wholeNumber(0, 3_600))
        .default(30)
        .env('EARSHOT_DRAIN_TIMEOUT'),
    )
    .option('--json', 'print the address as JSON');
  addWebFlags(command);
  addResponderOption(command);
  addAssistantOptions(command);
  addLimitOptions(command);
  addStateOption(command);
  addCloudOption(command);
  addInspectOptions(command);
  addLogOptions(command, 'info').action(async (options: GatewayCommandOptions) => {
    const log = openLog(options);
    keepServingAfterErrors(log);
    const openResponder = await chooseResponder(options);
    const { host, port } = options;
    const limits = limitsOf(options);
    const proxies = proxiesOf(options);
    const certificate = await certificateOf(options, log);
    const cloudSettings = cloudSettingsOf(options);
    const state = stateOf(options);
    const unlockState = lockState({ state, roles: ['gateway'], command: 'earshot gateway', clock: systemClock, log });
    const cloud = openGatewayCloud({ state, isOpen: options.open ?? false, ...cloudSettings, limits, log });
    try {
      const inspector = await inspectorFor(options, { folder: flightFolder(state), role: 'gateway' }, log);
      const answering = await openResponder({ cloud, state, limits, log, inspector });
      try {
        const { responder, voice, assistant } = answering;
        const gateway = await startGateway({
          host,
          port,
          responder,
          cloud,
          limits,
          proxies,
          certificate,
          web: { state, ...webSettingsOf(options) },
          log,
          ...(voice && { voice }),
          ...(inspector && { inspector }),
          ...(assistant && { providers: assistant.providers, endpointing: assistant.endpointing }),
        });
        const unpublish = publishGateway(state, gateway.webUrl);
        try {
          if (options.json) {
            const cloudName = cloud.place.kind === 'deployment' ? cloud.place.url : 'embedded';
            const parts = assistant && { assistant: assistant.inUse };
            printJson({ url: gateway.url, web: gateway.webUrl, responder: answering.name, ...parts, cloud: cloudName });
          } else {
            printLine(`gateway at ${gateway.url}, responder ${answering.name}; Ctrl-C to stop`);
            printLine(await describeCloud(cloud.place));
            printLine(`talk at ${gateway.webUrl}/talk/; for the console: earshot console`);
          }
          await drainSignal();
          await gateway.drain(options.drainTimeout * 1_000);
          exitWithin(GATEWAY_SHUTDOWN_MS);
        } finally {
          unpublish();
          await gateway.close();
        }
      } finally {
        await answering.close();
        await inspector?.close();
      }
    } finally {
      await cloud.close();
      certificate?.close();
      unlockState();
    }
  });
};

/** @throws EarshotError `usage` */
function proxiesOf({
  trustProxy,
  proxyHeader,
}: Pick<GatewayCommandOptions, 'trustProxy' | 'proxyHeader'>): TrustedProxies {
  if (proxyHeader === 'proxy-protocol' && trustProxy.length === 0) {
    throw new EarshotError(
      'usage',
      'No proxy is trusted, so none is believed who its client is',
      'Name it with --trust-proxy.',
    );
  }
  return trustedProxies(trustProxy, proxyHeader);
}

/** One address, or several separated by commas: an environment variable holds them all. */
function collectProxies(value: string, before: string[]): string[] {
  const addresses = [...before, ...value.split(',').map((each) => each.trim())];
  try {
    trustedProxies(addresses);
  } catch (error) {
    throw error instanceof EarshotError ? new InvalidArgumentError(describeError(error)) : error;
  }
  return addresses;
}

export default define;
