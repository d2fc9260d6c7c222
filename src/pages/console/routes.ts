/**
 * The views of the console, in the order of the navigation. The first is the start.
 */
import { DevicesView } from './devices/devices-view.tsx';
import type { ConsoleRoute } from './shell/shell.tsx';

export const ROUTES: readonly ConsoleRoute[] = [{ path: 'devices', title: 'Devices', view: DevicesView }];
