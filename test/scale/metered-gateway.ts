/**
 * A gateway with a real embedded cloud in a process of its own, and a meter between them: what a step costs in function calls, documents
 * and bytes.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAssistant } from '../../actors/assistant/answer/assistant.ts';
import { createCloudStore } from '../../actors/assistant/memory/cloud-memory.ts';
import { createMemory } from '../../actors/assistant/memory/conversation-memory.ts';
import { createReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { hashTokenSync } from '../../actors/cloud/access.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { api } from '../../convex/_generated/api.js';
import { adminKeyOf } from '../../src/cloud/admin-key.ts';
import type { FunctionUsage } from '../../src/cloud/runtime/runtime.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import { toneSynthesizer } from '../assistant/speech/tone.ts';
import { cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';
import { eventually } from '../support/eventually.ts';
import { startCountingProxy } from './counting-proxy.ts';

/** What the cloud was asked, and what that came to. */
export interface Cost {
  calls: number;
  documentsRead: number;
  documentsWritten: number;
  /** Of documents, read and written. */
  documentBytes: number;
  /** Both ways between gateway and cloud, with headers, pings and recordings. */
  wireBytes: number;
  /** Calls by function. */
  functions: Record<string, number>;
}

export interface MeteredGateway {
  url: string;
  cloud: GatewayCloud;
  embedded: EmbeddedProcess;
  /** Stores a device that is paired with this token. */
  pair(device: string, token: string): Promise<void>;
  answerWith(responder: 'parrot' | 'assistant'): void;
  /** Of all that happens from the step's beginning until the gateway has told all of it. @param records that the step makes, at least */
  cost(records: number, step: () => Promise<unknown>): Promise<Cost>;
  close(): Promise<void>;
}

export async function startMeteredGateway(): Promise<MeteredGateway> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-scale-'));
  const embedded = await startEmbeddedProcess();
  const proxy = await startCountingProxy(embedded.url);
  const { CONVEX_URL, EARSHOT_GATEWAY_KEY } = process.env;
  Object.assign(process.env, { CONVEX_URL: proxy.url, EARSHOT_GATEWAY_KEY: embedded.gatewayKey });
  const cloud = openGatewayCloud({ state, isOpen: true, log: silentLog });
  restore({ CONVEX_URL, EARSHOT_GATEWAY_KEY });
  const shared = { clock: systemClock, log: silentLog };
  const synthesizer = toneSynthesizer();
  const voice = createReplyVoice({ synthesizer, limits: DEFAULT_LIMITS, ...shared });
  const store = createCloudStore({ cloud: cloud.ready, recorder: cloud.recorder, clock: systemClock });
  const assistant = createAssistant({
    transcriber: {
      begin: ({ onPartial }) => ({
        push: () => onPartial?.({ text: 'what time', stableText: '' }),
        finish: async () => ({ text: 'what time is it' }),
      }),
      async close() {},
    },
    brain: {
      async *answer() {
        yield { type: 'text', text: 'It is noon.' };
      },
      async close() {},
    },
    voice,
    memory: createMemory({ store, ...shared }),
  });
  let responder: Responder = parrot;
  const gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, cloud, voice, log: silentLog },
    responder: (turn, answer) => responder(turn, answer),
  });
  await cloud.ready;

  async function usage(): Promise<Record<string, FunctionUsage>> {
    const headers = { authorization: `Convex ${adminKeyOf(embedded.gatewayKey)}` };
    const response = await fetch(`${embedded.url}/api/stats`, { headers });
    const { functions } = (await response.json()) as { functions: Record<string, FunctionUsage> };
    // Of the gateway, four times a minute, however many devices it has.
    delete functions['gateways:renew'];
    return functions;
  }

  const deliveredNow = () => cloud.recorder.stats().delivery?.delivered ?? 0;

  /** The gateway has nothing to tell, and those that watch were told. */
  async function settled(delivered = 0): Promise<void> {
    await eventually(() => deliveredNow() >= delivered, `${delivered} records are delivered`);
    let before = '';
    await eventually(async () => {
      const { queue, delivery } = cloud.recorder.stats();
      const now = JSON.stringify(await usage());
      const isQuiet = queue.waiting === 0 && delivery?.busy === 0 && delivery.lanes === 0 && now === before;
      before = now;
      return isQuiet;
    }, 'the gateway has told its cloud everything');
  }

  return {
    url: gateway.url,
    cloud,
    embedded,
    async pair(device, token) {
      const clients = cloudClients(embedded);
      const request = randomUUID();
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      await clients.asGateway.mutation(api.pairing.request, { request, code, device });
      await clients.asOperator.mutation(api.pairing.approve, { code });
      await clients.asGateway.mutation(api.pairing.claim, { request, tokenHash: hashTokenSync(token) });
      await clients.close();
    },
    answerWith(name) {
      responder = name === 'parrot' ? parrot : assistant;
    },
    async cost(records, step) {
      await settled();
      const [before, bytesBefore, delivered] = [await usage(), proxy.bytes(), deliveredNow()];
      await step();
      await settled(delivered + records);
      const [after, bytesAfter] = [await usage(), proxy.bytes()];
      const wireBytes = bytesAfter.sent + bytesAfter.received - bytesBefore.sent - bytesBefore.received;
      return { ...difference(before, after), wireBytes };
    },
    async close() {
      await gateway.close();
      await cloud.close();
      await voice.close();
      proxy.close();
      await embedded.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

function difference(
  before: Record<string, FunctionUsage>,
  after: Record<string, FunctionUsage>,
): Omit<Cost, 'wireBytes'> {
  const cost: Omit<Cost, 'wireBytes'> = {
    ...{ calls: 0, documentsRead: 0, documentsWritten: 0, documentBytes: 0, functions: {} },
  };
  for (const [name, now] of Object.entries(after)) {
    const then = before[name];
    const calls = now.calls - (then?.calls ?? 0);
    if (calls === 0) continue;
    cost.functions[name] = calls;
    cost.calls += calls;
    cost.documentsRead += now.documentsRead - (then?.documentsRead ?? 0);
    cost.documentsWritten += now.documentsWritten - (then?.documentsWritten ?? 0);
    cost.documentBytes += now.bytesRead + now.bytesWritten - (then?.bytesRead ?? 0) - (then?.bytesWritten ?? 0);
  }
  return cost;
}

function restore(values: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
