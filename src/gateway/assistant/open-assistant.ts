/**
 * The assistant of a gateway, put together: its parts from the configuration, the voice with its threads, the memory in the gateway's
 * cloud, the tools.
 */
import { type AssistantResponderOptions, createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import type { EndpointingCounts } from '../../../actors/assistant/endpointing/endpointing.ts';
import { openEndpointing } from '../../../actors/assistant/endpointing/open-endpointing.ts';
import {
  createCloudControls,
  createCloudLists,
  createCloudStore,
} from '../../../actors/assistant/memory/cloud-memory.ts';
import { createMemory } from '../../../actors/assistant/memory/conversation-memory.ts';
import { summarizingMemory } from '../../../actors/assistant/memory/summaries.ts';
import type { Reminders } from '../../../actors/assistant/parts/memory.ts';
import type { Tool } from '../../../actors/assistant/parts/tool.ts';
import type { ProviderStats } from '../../../actors/assistant/providers/provider-guard.ts';
import { skillTools } from '../../../actors/assistant/skills/skills.ts';
import { createReplyVoice, type ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import { createMcpServer } from '../../../actors/assistant/tools/mcp-server.ts';
import { createToolbox } from '../../../actors/assistant/tools/toolbox.ts';
import type { Cloud } from '../../../actors/cloud/cloud.ts';
import type { CloudRecorder } from '../../../actors/cloud/cloud-recorder.ts';
import type { Responder } from '../../../actors/responder/responder.ts';
import type { QueueMetrics, QueueRegistry } from '../../core/actor/queue-metrics.ts';
import type { DeviceProfile } from '../../core/device-profile.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { assembleAssistant } from './assemble.ts';
import type { AssistantConfig } from './config.ts';
import type { PartInUse } from './parts-in-use.ts';

export interface OpenAssistantOptions {
  config: AssistantConfig;
  cloud: { ready: Promise<Cloud>; recorder: CloudRecorder; reminders: Reminders };
  modelsFolder: string;
  /** The state folder. */
  state: string;
  limits: Limits;
  clock: Clock;
  log: Log;
  /** Registers the readers of its queues. */
  queues?: QueueRegistry | undefined;
  onAnswer?: AssistantResponderOptions['onAnswer'];
}

export interface GatewayAssistant {
  responder: Responder;
  /** For what the gateway says by itself. */
  voice: ReplyVoice;
  inUse: readonly PartInUse[];
  /** Counters of the providers that are not embedded. */
  providers(): ProviderStats[];
  /** Counters of the end of speech; undefined: devices find it alone. */
  endpointing(): EndpointingCounts | undefined;
  /** Loads models and opens connections, so that the first turn is as fast as the others. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** @throws EarshotError `assistant_config`, `models_missing` */
export async function openAssistant(options: OpenAssistantOptions): Promise<GatewayAssistant> {
  const { config, cloud, modelsFolder, state, limits, queues, clock, log, onAnswer } = options;
  const parts = await assembleAssistant(config, { clock, log, modelsFolder, state, limits, ...(queues && { queues }) });
  const unwatch = queues?.watch(() => parts.stats().map((stats) => requestsOf(stats, limits)));
  const voice = createReplyVoice({ synthesizer: parts.synthesizer, limits, queues, clock, log });
  const ending = new AbortController();
  const store = createCloudStore({ cloud: cloud.ready, recorder: cloud.recorder, clock });
  const memory = summarizingMemory(createMemory({ store, clock, log }), parts.brain, {
    signal: ending.signal,
    clock,
    log,
  });
  const lists = createCloudLists({ cloud: cloud.ready, clock });
  const controls = createCloudControls({ cloud: cloud.ready, clock });
  const skills = skillTools({ memory, lists, reminders: cloud.reminders, controls, random: Math.random });
  const toolbox = createToolbox(
    config.mcp.map((server) => createMcpServer(server, clock)),
    { clock, log },
  );

  function toolsFor({ tools: allowed }: DeviceProfile): readonly Tool[] {
    const all = [...skills, ...toolbox.tools()];
    return allowed ? all.filter(({ name }) => allowed.includes(name)) : all;
  }

  const endpointing = await openEndpointing({ modelsFolder, queues, clock, log });

  const responder = createAssistant({
    transcriber: parts.transcriber,
    brain: parts.brain,
    voice,
    speechToSpeech: parts.speechToSpeech,
    memory,
    endpointing,
    tools: toolsFor,
    takeNotice: parts.takeNotice,
    ...(onAnswer && { onAnswer }),
  });

  return {
    responder: Object.assign(responder, { announces: true }),
    voice,
    inUse: parts.inUse,
    providers: parts.stats,
    endpointing: () => endpointing?.counts(),
    async prepare() {
      await Promise.all([parts.prepare(), voice.prepare(), toolbox.prepare()]);
    },
    async close() {
      ending.abort();
      unwatch?.();
      await Promise.all([voice.close(), toolbox.close(), endpointing?.close()]);
      await parts.close();
    },
  };
}

/** A device has one turn at a time, so the limit of connections is that of requests. */
function requestsOf(
  { part, provider, circuit, inFlight, requests, failures, skipped }: ProviderStats,
  limits: Limits,
): QueueMetrics {
  const name = `requests to ${part} ${provider} (circuit ${circuit})`;
  return { name, depth: inFlight, limit: limits.connections, sent: requests, dropped: failures + skipped };
}
