// How a further machine joins: one line a network, to be copied. With no slave at all this is the first thing on the page.
import { useRef } from 'preact/hooks';
import type { About, JoinCommand } from '../../common/feed/feed.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Panel } from '../parts/panel.tsx';
import { commandsFor } from './commands-for.ts';

export function JoinPanel({ about }: { readonly about: About }) {
  return (
    <Panel id="join" title="Add a machine">
      <p class="lead">Run this on any machine with Node.js 20.19 or newer in the same network:</p>
      <JoinCommands about={about} />
    </Panel>
  );
}

/** What a new user sees: a master alone, and the one line that changes it. */
export function FirstSlave({ about }: { readonly about: About }) {
  return (
    <section class="panel first" aria-labelledby="first-title">
      <h2 id="first-title">No slave yet</h2>
      <p>
        The master is ready and waits. Tasks run on slaves: start one on any machine of this network that has Node.js
        20.19 or newer, and it finds the master by itself and appears here.
      </p>
      <JoinCommands about={about} />
      <p class="note">
        From a checkout or an installed package, <code>./slave</code> or <code>lanyard slave</code> does the same.
        Nothing appears? <code>./lab doctor</code> says why.
      </p>
    </section>
  );
}

function JoinCommands({ about }: { readonly about: About }) {
  const offered = commandsFor(about.join, location.hostname);
  if (offered.length === 0) {
    return <p class="note">The master has no address here that another machine could fetch the program from.</p>;
  }
  return (
    <ul class="commands">
      {offered.map((command) => (
        <Command key={command.network + command.address} command={command} />
      ))}
    </ul>
  );
}

function Command({ command }: { readonly command: JoinCommand }) {
  const code = useRef<HTMLElement>(null);
  const { network, address, loopback } = command;
  return (
    <li>
      <p class="where">
        <strong>{network}</strong> {address}
        {loopback && ' · this machine only'}
      </p>
      <div class="command">
        <code ref={code} role="group" aria-label={`Command for ${network}`}>
          {command.command}
        </code>
        <CopyButton text={command.command} source={() => code.current} what={`the command for ${network}`} />
      </div>
    </li>
  );
}
