/**
 * Uses each configured part of the assistant once, for `earshot doctor`. A provider has checks of its own; of others, and of modules of the user, the
 * time to the first result is measured.
 */

import type { PartContext, PartName, Provider, ProviderCheck } from '../../../actors/assistant/parts/provider.ts';
import { redact, redactingLog } from '../../../actors/assistant/providers/redaction.ts';
import { checkSteps, timeToFirst } from '../../../actors/assistant/requests/checks.ts';
import { limitedStream } from '../../../actors/assistant/requests/limited-request.ts';
import { defaultProfile } from '../../core/device-profile.ts';
import { errorInfo } from '../../core/errors.ts';
import type { AssistantConfig, PartConfig } from './config.ts';
import { loadProvider, type PartTypes } from './load-provider.ts';

export interface PartCheck extends ProviderCheck {
  part: PartName;
  provider: string;
}

export type ExaminationContext = Pick<PartContext, 'clock' | 'log' | 'modelsFolder'>;

/** From one result of a check to the next. */
const CHECK_MS = 60_000;

export async function* examineAssistant(
  config: AssistantConfig,
  context: ExaminationContext,
): AsyncGenerator<PartCheck> {
  const { transcriber, brain, synthesizer, realtime } = config;
  const parts = { ...(realtime && { realtime }), transcriber, brain, synthesizer };
  for (const [part, configured] of Object.entries(parts)) yield* examine(part as PartName, configured, context);
}

async function* examine(
  part: PartName,
  configured: PartConfig,
  context: ExaminationContext,
): AsyncGenerator<PartCheck> {
  const { provider, settings } = configured;
  const keys = [settings.key?.() ?? []].flat();
  const clean = (text: string) => redact(text, keys);
  const limits = {
    provider,
    clock: context.clock,
    timeoutMs: CHECK_MS,
    signal: new AbortController().signal,
    mayRetry: false,
  };
  try {
    const checks = () =>
      checksOf(part, configured, { ...context, log: redactingLog(context.log, keys), reportUsage() {} });
    for await (const { name, isOk, found, hint } of limitedStream(checks, limits)) {
      yield { part, provider, name, isOk, found: clean(found), ...(hint !== undefined && { hint: clean(hint) }) };
    }
  } catch (error) {
    const { message, hint } = errorInfo(error);
    yield { part, provider, name: 'usable', isOk: false, found: clean(message), hint: clean(hint) };
  }
}

async function* checksOf(part: PartName, { provider: name, settings }: PartConfig, context: PartContext) {
  const provider: Provider<PartTypes[PartName]> = await loadProvider(part, name);
  if (provider.check) return yield* provider.check(settings, context);
  const created = await provider.create(settings, context);
  yield* checkSteps(created, {
    loads: async () => {
      if ('prepare' in created) await created.prepare?.();
      return provider.summary;
    },
    ...firstResult(part, created, context),
  });
}

/** Of a brain the first text, of a synthesizer the first samples. */
function firstResult(part: PartName, created: PartTypes[PartName], { clock }: PartContext) {
  if (part === 'brain' && 'answer' in created) {
    const device = defaultProfile('doctor');
    const request = {
      text: 'What time is it?',
      history: [],
      tools: [],
      turnId: 'doctor',
      nowMs: clock.wallNow(),
      device,
    };
    return { 'first token': (signal: AbortSignal) => timeToFirst(created.answer(request, signal), clock) };
  }
  if (part === 'synthesizer' && 'speak' in created) {
    const options = (signal: AbortSignal) => ({ device: 'doctor', language: 'en', signal });
    return { 'first audio': (signal: AbortSignal) => timeToFirst(created.speak('Hello.', options(signal)), clock) };
  }
  return {};
}
