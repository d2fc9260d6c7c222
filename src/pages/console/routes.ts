/**
 * The views of the console, in the order of the navigation. The first is the start.
 */
import * as icons from '../design/icons.ts';
import { ConversationsView } from './conversations/conversations-view.tsx';
import { DevicesView } from './devices/devices-view.tsx';
import { FleetView } from './fleet/fleet-view.tsx';
import type { ConsoleRoute } from './shell/shell.tsx';
import { StorageView } from './storage/storage-view.tsx';

export const ROUTES: readonly ConsoleRoute[] = [
  { path: 'devices', title: 'Devices', icon: icons.deviceIcon, view: DevicesView },
  { path: 'conversations', title: 'Conversations', icon: icons.conversationIcon, view: ConversationsView },
  { path: 'fleet', title: 'Figures', icon: icons.chartIcon, view: FleetView },
  { path: 'storage', title: 'Stored data', icon: icons.storageIcon, view: StorageView },
];
