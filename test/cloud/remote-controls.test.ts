import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteControls } from '../../actors/cloud/remote-controls.ts';

test('a gateway passes on those of its session alone, each once', () => {
  const passed: string[] = [];
  const onNewest = createRemoteControls({ session: 'this', pass: (action) => passed.push(action) });
  const mute = { id: 'a', action: 'mute' } as const;
  const press = { id: 'b', action: 'press' } as const;
  onNewest({ session: 'before', controls: [press] });
  onNewest({ session: 'this', controls: [mute] });
  onNewest({ session: 'this', controls: [mute, press] });
  onNewest({ session: 'this', controls: [press] });
  onNewest({ session: 'after', controls: [mute] });
  onNewest(undefined);
  assert.deepEqual(passed, ['mute', 'press']);
});
