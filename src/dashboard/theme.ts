// Light or dark: as the system says, unless the user chose otherwise on this machine.
import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';

const KEY = 'lanyard-theme';
const DARK = '(prefers-color-scheme: dark)';

export interface ThemeSwitch {
  readonly theme: Theme;
  readonly change: () => void;
}

/** The theme in use, and how to change to the other one. */
export function useTheme(): ThemeSwitch {
  const [chosen, setChosen] = useState(remembered);
  const [system, setSystem] = useState<Theme>(systemTheme);
  useEffect(() => {
    const query = window.matchMedia(DARK);
    const onChange = (): void => setSystem(systemTheme());
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  const theme = chosen ?? system;
  applyTheme(chosen);
  const change = (): void => {
    const other = theme === 'dark' ? 'light' : 'dark';
    // Back to what the system says, the page follows the system again.
    const choice = other === system ? null : other;
    remember(choice);
    setChosen(choice);
  };
  return { theme, change };
}

/** Puts the remembered choice in force: for pages without a switch of their own, too. */
export function applyTheme(chosen: Theme | null = remembered()): void {
  const { dataset } = document.documentElement;
  if (chosen === null) delete dataset['theme'];
  else dataset['theme'] = chosen;
}

function systemTheme(): Theme {
  return window.matchMedia(DARK).matches ? 'dark' : 'light';
}

/** Storage may be full, forbidden or absent: then the choice lasts as long as the page. */
function remembered(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}

function remember(choice: Theme | null): void {
  try {
    if (choice === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Not remembered.
  }
}
