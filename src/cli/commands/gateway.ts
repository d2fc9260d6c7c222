import { type Command, InvalidArgumentError, Option } from 'commander';
import { describeError, EarshotError } from '../../core/errors.ts';
import { keepServingAfterErrors } from '../../core/process/uncaught.ts';
import { MDNS_CHOICES } from '../../gateway/announce-gateway.ts';
import { isWorker, openPrimaryLink } from '../../gateway/workers/primary-link.ts';
import { PROXY_HEADERS, trustedProxies } from '../../server/client.ts';
import { type GatewayCommandOptions, workersOf } from '../gateway/gateway-options.ts';
import { addMqttOption } from '../gateway/mqtt-option.ts';
import { runGateway } from '../gateway/run-gateway.ts';
import { runPrimary } from '../gateway/run-primary.ts';
import { addAssistantOptions } from '../terminal/assistant-options.ts';
import { addCloudOption } from '../terminal/cloud-option.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addHomeAssistantOptions } from '../terminal/home-assistant-options.ts';
import { addInspectOptions } from '../terminal/inspect-options.ts';
import { addLimitOptions } from '../terminal/limit-options.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { optionGroup } from '../terminal/option-group.ts';
import { addLogOptions, addStateOption, openLog } from '../terminal/options.ts';
import { addResponderOption } from '../terminal/responder-option.ts';
import { addTracingOption } from '../terminal/tracing-option.ts';
import { addWebFlags } from '../terminal/web-options.ts';

/** More would wait for each other. */
const MAX_WORKERS = 64;

const define: DefineCommand = (command) => {
  command
    .option('--port <n>', 'port to listen on, 0 for any', wholeNumber(0, 65_535), 4433)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--open', 'accept devices without a token, from this machine only')
    .option('--json', 'print the address as JSON');
  addStateOption(command);
  optionGroup(command, 'Answers:', () => {
    addResponderOption(command);
    addAssistantOptions(command);
  });
  optionGroup(command, 'Network:', addNetworkOptions);
  optionGroup(command, 'Home Assistant:', () => {
    addMqttOption(command);
    addHomeAssistantOptions(command);
  });
  optionGroup(command, 'Capacity and storage:', addCapacityOptions);
  optionGroup(command, 'Inspector:', addInspectOptions);
  optionGroup(command, 'Logs and traces:', () => {
    addLogOptions(command, 'info');
    addTracingOption(command);
  });
  command.action(async (options: GatewayCommandOptions) => {
    const log = openLog(options);
    keepServingAfterErrors(log);
    if (isWorker(process.env)) return runGateway(options, log, await openPrimaryLink());
    const workers = workersOf(options);
    return workers > 1 ? runPrimary(options, workers, log) : runGateway(options, log);
  });
};

function addNetworkOptions(command: Command): void {
  addWebFlags(command)
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
      new Option(
        '--mdns <when>',
        'announce the gateway in the network, so that devices find it; auto: if other machines reach it; on: also to this machine alone',
      )
        .choices(MDNS_CHOICES)
        .default('auto')
        .env('EARSHOT_MDNS'),
    );
}

function addCapacityOptions(command: Command): void {
  command
    .addOption(
      new Option('--workers <n>', 'processes that serve devices, one for a core; auto: as many as there are cores')
        .argParser(workers)
        .default(1)
        .env('EARSHOT_WORKERS'),
    )
    .addOption(
      new Option('--drain-timeout <seconds>', 'how long turns under way may last after SIGTERM or Ctrl-C')
        .argParser(wholeNumber(0, 3_600))
        .default(30)
        .env('EARSHOT_DRAIN_TIMEOUT'),
    );
  addLimitOptions(command);
  addCloudOption(command);
}

/** A number, or one for each core. */
function workers(value: string): number | 'auto' {
  return value === 'auto' ? value : wholeNumber(1, MAX_WORKERS)(value);
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
