// What stands in the way, in words, over the picture.
import { Fragment, type ComponentChildren, type JSX } from 'preact';
import { commandsFor } from '../join/commands-for.ts';
import { asSentence } from '../format.ts';
import type { Status } from './explorer.ts';
import { LEVEL_MAX } from './plane.ts';

const FALLBACK = { command: './slave', loopback: false };

export function Notices({ status }: { readonly status: Status | undefined }): JSX.Element {
  return (
    <div class="notices" role="status">
      {status === undefined ? null : noticeOf(status)}
      {status?.view.level === LEVEL_MAX && (
        <Notice kind="limit" title="This is as deep as it goes">
          Neighbouring pixels are 2⁻⁴⁶ apart; double precision tells no more points apart without errors in the picture.
        </Notice>
      )}
    </div>
  );
}

function noticeOf({ cluster, trouble }: Status): JSX.Element | null {
  if (cluster?.isLost === true) {
    return (
      <Notice kind="lost" title="The master does not answer">
        What is here can still be looked at. The page asks again every second and goes on by itself.
      </Notice>
    );
  }
  if (cluster?.slaves.length === 0) {
    const commands = commandsFor(cluster.join, location.hostname);
    return (
      <Notice kind="empty" title="No slave yet">
        The picture is computed by slaves. On any machine of this network, type
        {(commands.length > 0 ? commands : [FALLBACK]).map(({ command, loopback }) => (
          <Fragment key={command}>
            <code>{command}</code>
            {loopback && <small>This one on the master’s own machine only.</small>}
          </Fragment>
        ))}
        and it begins by itself.
      </Notice>
    );
  }
  if (trouble === undefined) return null;
  return (
    <Notice kind="trouble" title="Not all tiles came">
      {asSentence(trouble)} The page tries again by itself.
    </Notice>
  );
}

interface NoticeProps {
  readonly kind: string;
  readonly title: string;
  readonly children: ComponentChildren;
}

function Notice({ kind, title, children }: NoticeProps): JSX.Element {
  return (
    <section class="notice" data-kind={kind}>
      <h2>{title}</h2>
      <p>{children}</p>
    </section>
  );
}
