/**
 * Finds a turn by its id. For a device, it is one of its own; the operator may name the device, and must if several
 * devices have used the same id.
 */
import type { Doc } from './_generated/dataModel.d.ts';
import type { QueryCtx } from './_generated/server.js';
import type { Principal } from './access.ts';
import { refusal } from './errors.ts';
import { knownDevice, turnNamed } from './lookup.ts';

/** How many devices the message lists when an id is ambiguous. */
const MAX_NAMED = 5;

export interface TurnQuery {
  turn: string;
  /** Name of its device. */
  device?: string;
}

export async function findTurn(ctx: QueryCtx, caller: Principal, { turn, device }: TurnQuery): Promise<Doc<'turns'>> {
  const owner = await ownerOf(ctx, caller, device);
  const found = owner ? [await turnNamed(ctx, { deviceId: owner._id, turn })] : await turnsNamed(ctx, caller, turn);
  const [first, second] = found;
  if (!first) throw refusal('turn_unknown', `There is no turn ${turn}.`);
  if (!second) return first;
  const owners = await Promise.all(found.map((each) => each && ctx.db.get('devices', each.deviceId)));
  throw refusal(
    'turn_ambiguous',
    `Several devices have a turn ${turn}: ${owners.map((each) => each?.name).join(', ')}.`,
  );
}

/** The device whose turns the caller means; undefined: of all. @throws `other_device`, `device_unknown` */
export async function ownerOf(
  ctx: QueryCtx,
  caller: Principal,
  name: string | undefined,
): Promise<Doc<'devices'> | undefined> {
  if (name === undefined || name === caller.device?.name) return caller.device;
  // Which other devices there are is nothing for a device to know.
  if (caller.device) throw refusal('other_device', 'This belongs to another device.');
  return await knownDevice(ctx, { tenant: caller.tenant, name });
}

/** Of any device. */
async function turnsNamed(ctx: QueryCtx, { tenant }: Principal, turn: string): Promise<Doc<'turns'>[]> {
  return await ctx.db
    .query('turns')
    .withIndex('by_tenant_and_turn', (q) => q.eq('tenant', tenant).eq('turn', turn))
    .take(MAX_NAMED);
}
