/**
 * Writes what a gateway tells of a turn, and keeps what is counted from it.
 */
import { MAX_TIME_MS, UUID_V7 } from '../src/protocol/bounds.ts';
import { isTrigger } from '../src/protocol/triggers.ts';
import type { Doc, Id } from './_generated/dataModel.d.ts';
import type { MutationCtx } from './_generated/server.js';
import { noteTurn } from './activity.ts';
import { countTurns } from './count-turns.ts';
import { wasRemoved } from './delete-turns.ts';
import { recordedDevice } from './ensure-device.ts';
import { refusal } from './errors.ts';
import { deleteNewFile } from './files.ts';
import { keepsRecordings } from './keep-recordings.ts';
import { ofTenant, recordingOf, type Tenant, turnNamed } from './lookup.ts';
import { isForgotten } from './messages.ts';
import { attachRecording } from './recordings.ts';
import type { CloudTurnRecord } from './values.ts';

/** Far below a document's 1 MiB, and more than the text of any turn. */
const MAX_TEXT_LENGTH = 64 * 1_024;
const MAX_TOOL_CALLS = 20;

export interface ToldTurn {
  tenant: Tenant;
  device: string;
  record: CloudTurnRecord;
  recording?: { storageId: Id<'_storage'>; durationMs: number };
  shard?: number;
}

/** `recorded`: nothing more is to be sent, because the recording is stored or must not be. */
export async function recordTurn(ctx: MutationCtx, told: ToldTurn): Promise<{ created: boolean; recorded: boolean }> {
  const { tenant, recording } = told;
  checkRecord(told.record);
  const device = await recordedDevice(ctx, { tenant, name: told.device }, told.record.startedAt);
  if (!device) return await nothingKept(ctx, recording);
  const forgotten = isForgotten(device, told.record.startedAt);
  const record = forgotten ? withoutWords(told.record) : told.record;
  const name = { deviceId: device._id, turn: record.turn };
  const known = await turnNamed(ctx, name);
  if (!known && (await wasRemoved(ctx, name))) return await nothingKept(ctx, recording);
  await write(ctx, device, known, record, told.shard);
  const keeps = !forgotten && (await keepsRecordings(ctx, device));
  if (recording && keeps) await attachRecording(ctx, device, record.turn, recording);
  else if (recording) await deleteNewFile(ctx, recording.storageId);
  return { created: !known, recorded: !keeps || (await recordingOf(ctx, name)) !== null };
}

/** What is told of it is deleted already: whoever sends it need not send it again. */
async function nothingKept(ctx: MutationCtx, recording: { storageId: Id<'_storage'> } | undefined) {
  if (recording) await deleteNewFile(ctx, recording.storageId);
  return { created: false, recorded: true };
}

async function write(
  ctx: MutationCtx,
  device: Doc<'devices'>,
  known: Doc<'turns'> | null,
  record: CloudTurnRecord,
  shard: number | undefined,
): Promise<void> {
  if (known && !isNewer(record, known)) return;
  const told = { ...known, ...record };
  const row = { ...record, hasError: told.error !== undefined || told.outcome === 'failed' };
  const id = known?._id ?? (await ctx.db.insert('turns', { ...row, ...ofTenant(device.tenant), deviceId: device._id }));
  if (known) await ctx.db.patch(known._id, row);
  const turn = await ctx.db.get('turns', id);
  if (!turn) return;
  await countTurns(ctx, [...(known ? [{ turn: known, by: -1 as const }] : []), { turn, by: 1 }], shard);
  await noteTurn(ctx, turn);
}

function withoutWords({ transcript, replyText, tools, ...record }: CloudTurnRecord): CloudTurnRecord {
  return record;
}

function isNewer({ outcome }: CloudTurnRecord, known: Doc<'turns'>): boolean {
  return known.outcome === 'done' ? outcome === 'done' : known.outcome === undefined || outcome !== undefined;
}

function checkRecord({ turn, trigger, startedAt, transcript, replyText, tools = [], error }: CloudTurnRecord): void {
  if (!UUID_V7.test(turn)) throw refusal('turn_invalid', "A turn's id is a UUIDv7 in lower case.");
  if (!isTrigger(trigger)) throw refusal('turn_invalid', 'A trigger is 1 to 64 of a–z, 0–9 and -.');
  if (!(startedAt >= 0 && startedAt <= MAX_TIME_MS)) {
    throw refusal('turn_invalid', `${startedAt} is not a valid start time of a turn.`);
  }
  if (tools.length > MAX_TOOL_CALLS) {
    throw refusal('too_large', `${tools.length} calls of tools are too many; the most is ${MAX_TOOL_CALLS}.`);
  }
  const toolTexts = tools.flatMap(({ name, input, error }) => [name, input, error]);
  for (const text of [transcript, replyText, error?.message, error?.hint, ...toolTexts]) {
    if (text !== undefined && text.length > MAX_TEXT_LENGTH) {
      throw refusal('too_large', `A text of ${text.length} characters is too long; the most is ${MAX_TEXT_LENGTH}.`);
    }
  }
}
