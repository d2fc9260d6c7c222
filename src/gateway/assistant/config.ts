/**
 * The configuration of the assistant: the flag, then the environment, then the configuration file, then the embedded parts. What a higher
 * one says replaces what a lower one says; settings of another provider are not taken over.
 */
import { dirname, resolve } from 'node:path';
import type { PartName, ProviderSettings } from '../../../actors/assistant/parts/provider.ts';
import type { Prices } from '../../../actors/assistant/providers/spending.ts';
import { ACCOUNTS, EMBEDDED } from '../../../actors/assistant/registry.ts';
import type { McpServerConfig } from '../../../actors/assistant/tools/mcp-server.ts';
import { EarshotError } from '../../core/errors.ts';
import { environmentOf, type PartEnvironment } from './config-environment.ts';
import { type ReadConfig, readConfig } from './config-file.ts';
import { findKey } from './config-keys.ts';
import type { PartSection } from './config-schema.ts';
import { PART_NAMES, parseSpec, providerOf, type Selection } from './config-spec.ts';
import { mcpServersOf } from './config-tools.ts';

/** What a provider may cost. */
export interface SpendingCap {
  /** A device and a day, in the user's currency. */
  perDeviceAndDay: number;
  prices: Prices;
}

/** One part: its provider, and what the user says about it. */
export interface PartConfig {
  /** A name of the registry, or the absolute path of a module. */
  provider: string;
  settings: ProviderSettings;
  /** The provider that stands in for it; undefined: none. */
  fallback?: string;
  cap?: SpendingCap;
  /** BCP 47: instead of the device's. */
  language?: string;
}

export interface AssistantConfig {
  transcriber: PartConfig;
  brain: PartConfig;
  synthesizer: PartConfig;
  /** Speech to speech; the other three stand in for it. */
  realtime?: PartConfig;
  /** Servers of tools. */
  mcp: readonly McpServerConfig[];
  /** E.g. `EUR`; only shown. */
  currency?: string;
  /** The configuration file; undefined: there is none. */
  file?: string;
}

export interface ConfigSources {
  /** `--assistant`. */
  spec?: string | undefined;
  /** `--config`. */
  file?: string | undefined;
  /** Default: that of the process. */
  environment?: NodeJS.ProcessEnv;
  /** For paths of the flag and of the environment; default: that of the process. */
  folder?: string;
}

/** @throws EarshotError `usage` (the flag), `assistant_config`, `file_not_found`, `file_unreadable` */
export async function loadAssistantConfig(sources: ConfigSources = {}): Promise<AssistantConfig> {
  const { spec, environment = process.env, folder = process.cwd() } = sources;
  const file = await readConfig(sources.file, environment);
  const selections = [
    spec === undefined ? {} : selectionFrom('--assistant', spec, folder),
    environment.EARSHOT_ASSISTANT ? selectionFrom('EARSHOT_ASSISTANT', environment.EARSHOT_ASSISTANT, folder) : {},
  ];
  const ofEnvironment = environmentOf(environment, folder);
  const assistant = file.content.assistant ?? {};

  function partOf(part: PartName): PartConfig | undefined {
    const written = sectionOf(file, part);
    const own = ofEnvironment[part];
    const provider =
      selectedBy(selections, part) ??
      written?.provider ??
      impliedBy(part, own.url) ??
      (part === 'realtime' ? undefined : EMBEDDED[part]);
    if (provider === undefined) return undefined;
    const section = written?.provider === provider ? written : undefined;
    return merged({ part, provider, section, own, environment, file });
  }

  const realtime = isRealtimeOff(selections) ? undefined : partOf('realtime');
  return {
    transcriber: partOf('transcriber') as PartConfig,
    brain: partOf('brain') as PartConfig,
    synthesizer: partOf('synthesizer') as PartConfig,
    ...(realtime && { realtime }),
    mcp: mcpServersOf(file, fileFolder(file), environment),
    ...(assistant.currency !== undefined && { currency: assistant.currency }),
    ...(file.path !== undefined && { file: file.path }),
  };
}

/** Somebody has chosen a part, or a file. */
export function isConfigured({ transcriber, brain, synthesizer, realtime, file }: AssistantConfig): boolean {
  if (realtime || file !== undefined) return true;
  return !(Object.entries(EMBEDDED) as [keyof typeof EMBEDDED, string][]).every(
    ([part, provider]) => ({ transcriber, brain, synthesizer })[part].provider === provider,
  );
}

interface Merging {
  part: PartName;
  provider: string;
  /** Of the file, if it is about this provider. */
  section: PartSection | undefined;
  own: PartEnvironment;
  environment: NodeJS.ProcessEnv;
  file: ReadConfig;
}

function merged({ part, provider, section, own, environment, file }: Merging): PartConfig {
  const urlOfAccount = section?.url === undefined ? environment[ACCOUNTS[provider]?.urlVariable ?? ''] : undefined;
  const environmentUrl = own.url ?? (urlOfAccount || undefined);
  const url = environmentUrl ?? section?.url;
  const key = findKey({
    environment,
    part,
    provider,
    keyFile: own.keyFile ?? (section?.keyFile === undefined ? undefined : resolve(fileFolder(file), section.keyFile)),
    keyVariable: own.keyFile === undefined ? section?.keyVariable : undefined,
    url,
    isUrlOfEnvironment: environmentUrl !== undefined,
  });
  const model = own.model ?? section?.model;
  const voice = own.voice ?? section?.voice;
  const timeoutMs = own.timeoutMs ?? section?.timeoutMs;
  const language = own.language ?? section?.language;
  const cap = capOf(part, section, file);
  const fallback = fallbackOf(part, provider, section, file);
  return {
    provider,
    settings: {
      ...(url !== undefined && { url }),
      ...(model !== undefined && { model }),
      ...(voice !== undefined && { voice }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(key !== undefined && { key: () => key }),
      ...(section?.options && { options: section.options }),
    },
    ...(fallback !== undefined && { fallback }),
    ...(cap && { cap }),
    ...(language !== undefined && { language }),
  };
}

/** The part's section of the file, with its names checked and its paths made absolute. */
function sectionOf(file: ReadConfig, part: PartName): PartSection | undefined {
  const written = file.content.assistant?.[part];
  if (written === undefined) return undefined;
  const section = typeof written === 'string' ? { provider: written } : written;
  const at = ['assistant', part, ...(typeof written === 'string' ? [] : ['provider'])];
  return { ...section, provider: checked(file, at, () => providerOf(part, section.provider, fileFolder(file))) };
}

function fallbackOf(part: PartName, provider: string, section: PartSection | undefined, file: ReadConfig) {
  const { fallback } = section ?? {};
  if (fallback === 'none') return undefined;
  const at = ['assistant', part, 'fallback'];
  if (part === 'realtime') {
    if (fallback === undefined) return 'the other three parts';
    throw file.wrong(at, 'the other three parts stand in for it; allowed is only “none”');
  }
  if (fallback !== undefined) return checked(file, at, () => providerOf(part, fallback, fileFolder(file)));
  return provider === EMBEDDED[part] ? undefined : EMBEDDED[part];
}

function capOf(part: PartName, section: PartSection | undefined, file: ReadConfig): SpendingCap | undefined {
  if (section?.perDeviceAndDay === undefined) return undefined;
  const { perDeviceAndDay, prices = {} } = section;
  if (Object.keys(prices).length > 0) return { perDeviceAndDay, prices };
  throw file.wrong(['assistant', part, 'perDeviceAndDay'], 'a cap needs “prices”: what the provider charges');
}

const fileFolder = ({ path }: ReadConfig): string => (path === undefined ? process.cwd() : dirname(path));

function checked<Value>(file: ReadConfig, at: string[], check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    throw file.wrong(at, (error as Error).message);
  }
}

function selectionFrom(source: string, spec: string, folder: string): Selection {
  try {
    return parseSpec(spec, folder);
  } catch (error) {
    const code = source === '--assistant' ? 'usage' : 'assistant_config';
    throw new EarshotError(code, `${source}: ${(error as Error).message}`, 'docs/assistant.md lists the providers.');
  }
}

function selectedBy(selections: readonly Selection[], part: PartName): string | undefined {
  return selections.find((selection) => selection[part] !== undefined)?.[part];
}

/** Who selects one of the three parts does not want all three in one, unless it says so. */
function isRealtimeOff(selections: readonly Selection[]): boolean {
  const deciding = selections.find((selection) => PART_NAMES.some((part) => selection[part] !== undefined));
  return deciding !== undefined && deciding.realtime === undefined;
}

/** An address alone says which protocol is meant. */
function impliedBy(part: PartName, url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  if (part === 'realtime') return 'openai-realtime';
  return url.startsWith('tcp:') ? 'wyoming' : 'openai';
}
