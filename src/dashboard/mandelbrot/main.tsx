// The entry of the Mandelbrot page: puts it into #page.
import { render } from 'preact';
import { applyTheme } from '../theme.ts';
import { Page } from './page.tsx';
import './style.css';

// What was chosen on the dashboard.
applyTheme();

const place = document.getElementById('page');
if (place !== null) render(<Page />, place);
