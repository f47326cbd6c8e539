// Copies a text. Pages from another machine come over plain HTTP, where browsers have no clipboard API: there the text is selected
// and copied in the old way, and if even that is refused it stays selected for Ctrl+C.
import { useEffect, useState } from 'preact/hooks';

const SHOWN_MS = 2500;

interface CopyButtonProps {
  readonly text: string;
  /** Finds the element that shows the text. */
  readonly source: () => HTMLElement | null;
  /** What is copied: "the command". */
  readonly what: string;
}

export function CopyButton({ text, source, what }: CopyButtonProps) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return undefined;
    const timer = setTimeout(() => setSaid(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => setSaid((await copyText(text, source())) ? 'Copied' : 'Press Ctrl+C');
  return (
    <>
      <button type="button" class="quiet copy" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        {said === '' ? 'Copy' : said}
      </button>
      <span class="unseen" role="status">
        {said === 'Copied' ? 'Copied' : said === '' ? '' : 'Selected: press Ctrl+C'}
      </span>
    </>
  );
}

async function copyText(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    // Undefined outside secure contexts, whatever its type says.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (clipboard !== undefined) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not permitted: as below.
  }
  return element !== null && copySelected(element);
}

function copySelected(element: HTMLElement): boolean {
  const selection = window.getSelection();
  if (selection === null) return false;
  selection.selectAllChildren(element);
  try {
    // The only way without a secure context.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand('copy');
  } catch {
    return false;
  }
}
