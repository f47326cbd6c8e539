// The forward door as a process, before the service at the port that it is given, for tests that measure it. Tells its port, then its
// largest resident size in bytes whenever it is asked; ends with its parent.
import { openForwardDoor } from './forward-door.ts';

const door = await openForwardDoor();
door.forwarding.add('alpha', Number(process.argv[2]));
process.on('message', () => process.send?.(process.resourceUsage().maxRSS * 1024));
process.on('disconnect', () => process.exit());
process.send?.(door.port);
