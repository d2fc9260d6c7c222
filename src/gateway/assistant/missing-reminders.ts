/** What a gateway without reminders says when a skill needs them. */
import type { Reminders } from '../../../actors/assistant/parts/memory.ts';
import { EarshotError } from '../../core/errors.ts';

export function missingReminders(): Reminders {
  const refuse = async (): Promise<never> => {
    throw new EarshotError('assistant_refused', 'This gateway has no reminders.', '');
  };
  return { list: refuse, add: refuse, cancel: refuse };
}
