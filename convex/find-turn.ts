/**
 * Finds a turn by its id. For a device, it is one of its own; the operator may name the device, and must if several
 * devices have used the same id.
 */
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import { requireCaller } from './access.ts';
import { refusal } from './errors.ts';
import { deviceNamed, turnNamed } from './lookup.ts';

/** How many devices the message lists when an id is ambiguous. */
const MAX_NAMED = 5;

export interface TurnQuery {
  credential: { gatewayKey: string } | { deviceToken: string };
  turn: string;
  device?: string;
}

export async function findTurn(ctx: QueryCtx, { credential, turn, device }: TurnQuery): Promise<Doc<'turns'>> {
  const caller = await requireCaller(ctx, credential);
  const owner = caller ?? (device === undefined ? undefined : await deviceNamed(ctx, device));
  if (owner === null) throw refusal('device_unknown', `There is no device named ${device}.`);
  if (caller && device !== undefined && device !== caller.name) {
    throw refusal('other_device', 'This belongs to another device.');
  }
  const found = owner ? [await turnNamed(ctx, { deviceId: owner._id, turn })] : await turnsOfAnyDevice(ctx, turn);
  const [first, second] = found;
  if (!first) throw refusal('turn_unknown', `There is no turn ${turn}.`);
  if (!second) return first;
  const owners = await Promise.all(found.map((each) => each && ctx.db.get('devices', each.deviceId)));
  throw refusal(
    'turn_ambiguous',
    `Several devices have a turn ${turn}: ${owners.map((each) => each?.name).join(', ')}.`,
  );
}

async function turnsOfAnyDevice(ctx: QueryCtx, turn: string): Promise<Doc<'turns'>[]> {
  return await ctx.db
    .query('turns')
    .withIndex('by_turn', (q) => q.eq('turn', turn))
    .take(MAX_NAMED);
}
