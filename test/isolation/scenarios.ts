/**
 * All scenarios.
 */
import { cards } from './cards.ts';
import { cloud } from './cloud.ts';
import { monitor } from './monitor.ts';
import type { Scenario } from './scenario.ts';
import { sockets } from './sockets.ts';
import { triggers } from './triggers.ts';
import { twoLines } from './two-lines.ts';

export const scenarios: Scenario[] = [twoLines, sockets, triggers, monitor, ...cards, ...cloud];
