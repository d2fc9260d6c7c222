/**
 * The views of the console, in the order of the navigation. The first is the start.
 */
import { ConversationsView } from './conversations/conversations-view.tsx';
import { DevicesView } from './devices/devices-view.tsx';
import type { ConsoleRoute } from './shell/shell.tsx';
import { StorageView } from './storage/storage-view.tsx';

export const ROUTES: readonly ConsoleRoute[] = [
  { path: 'devices', title: 'Devices', view: DevicesView },
  { path: 'conversations', title: 'Conversations', view: ConversationsView },
  { path: 'storage', title: 'Stored data', view: StorageView },
];
