/**
 * Lists that last as long as the process, for a gateway without a cloud.
 */
import type { Lists } from '../parts/memory.ts';
import { added, without } from './list-items.ts';

export function createProcessLists(): Lists {
  /** Device → list → items. */
  const devices = new Map<string, Map<string, string[]>>();
  const listsOf = (device: string) => devices.get(device) ?? new Map<string, string[]>();
  const itemsOf = (device: string, list: string) => listsOf(device).get(list) ?? [];

  function put(device: string, list: string, items: string[]): void {
    const lists = listsOf(device);
    if (items.length > 0) lists.set(list, items);
    else lists.delete(list);
    if (lists.size > 0) devices.set(device, lists);
    else devices.delete(device);
  }

  return {
    names: async (device) => [...listsOf(device).keys()].sort(),
    items: async (device, list) => [...itemsOf(device, list)],
    async add(device, list, items) {
      put(device, list, added(itemsOf(device, list), items));
    },
    async remove(device, list, items) {
      const { kept, removed } = without(itemsOf(device, list), items);
      put(device, list, kept);
      return removed;
    },
    async clear(device, list) {
      put(device, list, []);
    },
  };
}
