/** A turn as the cloud tells it. */
import type { FunctionReturnType } from 'convex/server';
import type { api } from '../shell/api.ts';

export type ShownTurn = FunctionReturnType<typeof api.turns.get>;
